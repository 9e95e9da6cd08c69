/** The options of the kubectl plugin. Those that `swoll trace` has too are the same. */
import type { Command } from 'commander'
import { WAYS } from '../../client/cluster/ways.ts'
import { KnownOption as Option, type OptionGroup } from '../option.ts'
import { REMOTE_STUCK_OPTIONS } from '../stuck/options.ts'
import { REMOTE_TOP_GROUPS } from '../top/options.ts'
import { REMOTE_CALLS, REMOTE_DETAILS, REMOTE_DISPLAY, type TypedOptions } from '../trace/options.ts'

/** Ways to the calls: to the agents in one of these ways or in the first that works, or by a resource that the controller acts on. */
export const VIAS = ['auto', ...WAYS, 'resource'] as const
export type Via = (typeof VIAS)[number]

/** As kubectl has them. */
export interface TypedKube {
  readonly namespace?: string
  readonly allNamespaces?: true
  readonly kubeconfig?: string
  readonly context?: string
  readonly as?: string
  readonly asGroup?: readonly string[]
  readonly requestTimeout?: string
}

/** How agents are found, and what is trusted. */
export interface TypedAgents {
  readonly agentsNamespace?: string
  readonly serviceAccount?: string
  readonly ca?: string
  readonly serverName?: string
  readonly insecureSkipTlsVerify?: true
}

export interface TypedTrace extends TypedKube, TypedAgents, Omit<TypedOptions, 'namespace' | 'kubeconfig'> {
  readonly via?: string
}

const kube: readonly Option[] = [
  new Option('-n, --namespace <name>', 'the namespace (default: that of the context, else default)'),
  new Option('--kubeconfig <file>', 'the kubeconfig (default: $KUBECONFIG, else ~/.kube/config)', {
    completes: 'files',
  }),
  new Option('--context <name>', 'the context of the kubeconfig'),
  new Option('--as <user>', 'the user whom the API server takes the requests for'),
  new Option('--as-group <group>', 'a group of that user', { isList: true }),
  new Option('--request-timeout <duration>', 'longest wait for an answer of the API server: 10s'),
]
const everywhere = new Option('-A, --all-namespaces', 'all namespaces')
const agents: readonly Option[] = [
  new Option('--agents-namespace <name>', 'where the agents are (default: swoll)'),
  new Option(
    '--service-account <name>',
    'asks agents as this account, NAMESPACE/NAME, by a token of its own',
  ),
  new Option('--ca <file>', "the authority of the agents' certificates (default: what the chart publishes)", {
    completes: 'files',
  }),
  new Option('--server-name <name>', 'the name in those certificates (default: SERVICE.NAMESPACE.svc)'),
  new Option('--insecure-skip-tls-verify', 'takes any certificate of an agent: whoever is between reads all'),
]

const TRACE_GROUPS: readonly OptionGroup[] = [
  {
    heading: 'Whose calls:',
    options: [
      everywhere,
      new Option('-l, --label-selector <selector>', 'the same as [target]'),
      new Option('-f, --field-selector <selector>', 'pods by field: status.phase=Running,spec.nodeName!=a'),
      new Option('-p, --pod <list>', 'pods of these names', { isList: true }),
      new Option('-c, --container <list>', 'containers of these names', { isList: true }),
    ],
  },
  { heading: 'Which calls:', options: REMOTE_CALLS },
  { heading: 'Output:', options: [...REMOTE_DISPLAY, ...REMOTE_DETAILS] },
  {
    heading: 'Ways:',
    options: [
      new Option('--via <way>', `${VIAS.join(', ')} (default: auto)`, { completes: VIAS }),
      ...agents,
    ],
  },
  { heading: 'Kubernetes:', options: kube },
]

export const addTraceOptions = (command: Command): Command => addGroups(command, TRACE_GROUPS)
export const addTopOptions = (command: Command): Command =>
  addGroups(command, [
    ...REMOTE_TOP_GROUPS,
    { heading: 'Ways:', options: agents },
    { heading: 'Kubernetes:', options: kube },
  ])
export const addStuckOptions = (command: Command): Command =>
  addGroups(command, [
    { heading: 'Which of them:', options: [everywhere, ...REMOTE_STUCK_OPTIONS] },
    { heading: 'Ways:', options: agents },
    { heading: 'Kubernetes:', options: kube },
  ])
export const addAgentOptions = (command: Command): Command =>
  addGroups(command, [
    { heading: 'Ways:', options: agents },
    { heading: 'Kubernetes:', options: kube },
  ])
export const addKubeOptions = (command: Command): Command =>
  addGroups(command, [{ heading: 'Kubernetes:', options: kube }])
export const addListOptions = (command: Command): Command =>
  addGroups(command, [{ heading: 'Kubernetes:', options: [everywhere, ...kube] }])

function addGroups(command: Command, groups: readonly OptionGroup[]): Command {
  for (const { heading, options } of groups) {
    command.optionsGroup(heading)
    for (const option of options) command.addOption(option)
  }
  return command
}
