/** The options of `swoll top`, as they are typed. What they mean: decode-options.ts. */
import type { Command } from 'commander'
import { DIMENSIONS } from '../../stats/api/dimensions.ts'
import { SHOWN } from '../../stats/api/query.ts'
import { KnownOption as Option, type OptionGroup } from '../option.ts'
import { SORT_WORDS } from './columns.ts'

/** `cli`: the screen, as the original has it. */
export const TOP_OUTPUTS = ['cli', 'table', 'json'] as const

/** As typed: lists hold what each use of the option was given, commas and all. */
export interface TypedView {
  readonly namespace?: string | readonly string[]
  readonly allNamespaces?: true
  readonly labelSelector?: string
  readonly pod?: readonly string[]
  readonly container?: readonly string[]
  readonly unit?: readonly string[]
  readonly syscalls?: readonly string[]
  readonly by?: readonly string[]
  readonly show?: string
  readonly sort?: string
  readonly reverse?: true
  readonly filter?: string
  readonly window?: string
  readonly delay?: string
  readonly aggregateHosts?: true
  readonly once?: true
  readonly for?: string
  readonly output?: string
  readonly limit?: string
  /** False: `--no-ui`. */
  readonly ui?: boolean
}

/** As AGENT_OPTIONS are typed. */
export interface TypedAgentOptions {
  readonly agent?: readonly string[]
  readonly cluster?: true
  readonly useTls?: true
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly serverName?: string
  readonly insecureSkipTlsVerify?: true
  readonly agentsNamespace?: string
}

export interface TypedTop extends Omit<TypedView, 'namespace'>, TypedAgentOptions {
  readonly namespace?: readonly string[]
  readonly kubeconfig?: string
  readonly cri?: string
  readonly node?: string
}

const whose = (namespace: Option): readonly Option[] => [
  namespace,
  new Option('-l, --label-selector <selector>', 'pods by label: app=web, tier in (front,edge), !canary'),
  new Option('-p, --pod <list>', 'pods of these names', { isList: true }),
  new Option('-c, --container <list>', 'containers of these names', { isList: true }),
  new Option('--unit <list>', 'systemd units of hosts: ssh.service', { isList: true, completes: 'units' }),
  new Option('-s, --syscalls <list>', 'these calls, by name', { isList: true, completes: 'calls' }),
]

const view: readonly Option[] = [
  new Option(
    '--by <list>',
    `what rows are told apart by: ${DIMENSIONS.join(', ')} (default: syscall,errno,namespace,pod,container,unit)`,
    { isList: true, completes: DIMENSIONS },
  ),
  new Option('--show <what>', `${SHOWN.join(', ')} (default: all)`, { completes: SHOWN }),
  new Option('--sort <column>', `${SORT_WORDS.join(', ')} (default: rate)`, { completes: SORT_WORDS }),
  new Option('--reverse', 'smallest first; names from Z'),
  new Option('--filter <text>', 'only rows that have it in a name'),
  new Option('--window <duration>', 'the time that numbers are of: 1m (default: 5s; of agents 1m)'),
  new Option('--aggregate-hosts', 'container, pod and namespace in one column'),
]

const output: readonly Option[] = [
  new Option(
    '-o, --output <format>',
    `${TOP_OUTPUTS.join(', ')} (default: cli, the screen; others as --once)`,
    {
      completes: TOP_OUTPUTS,
    },
  ),
  new Option('--once', 'a table to read or to cut, and an end'),
  new Option(
    '--for <duration>',
    'with --once, the time that is counted; of agents, which has been (default: --window)',
  ),
  new Option('--limit <n>', 'most rows of a table or of JSON (default: 50000)'),
  new Option('--no-ui', 'a table or, with -o json, a line after the other, until it is interrupted'),
  new Option('-d, --delay <duration>', 'time between two looks (default: 1s)'),
]

/** Which agents to ask instead, and as whom. */
export const AGENT_OPTIONS: readonly Option[] = [
  new Option('--agent <list>', 'agents instead of this kernel: host:port, or https://host:port', {
    isList: true,
  }),
  new Option('--cluster', 'all agents of the cluster'),
  new Option('--use-tls', 'TLS for agents without https:// or http://; so do --ca, --cert and --server-name'),
  new Option('--ca <file>', 'authorities of the agents, PEM', { env: 'SWOLL_CA', completes: 'files' }),
  new Option('--cert <file>', 'own certificate, PEM', { completes: 'files' }),
  new Option('--key <file>', 'its key, PEM', { completes: 'files' }),
  new Option('--token <token>', 'bearer token; others can see it in the list of processes', {
    env: 'SWOLL_TOKEN',
  }),
  new Option('--token-file <file>', 'a file with it, read anew for each request', { completes: 'files' }),
  new Option('--server-name <name>', 'the name in the certificate of agents', { env: 'SWOLL_SERVER_NAME' }),
  new Option('--insecure-skip-tls-verify', 'takes any certificate: whoever is on the way can read all'),
  new Option('--agents-namespace <name>', 'where agents are looked for in the cluster (default: swoll)'),
]

const pods: readonly Option[] = [
  new Option('--kubeconfig <file>', 'how to reach the Kubernetes API, for names of pods and with --cluster', {
    env: 'SWOLL_KUBECONFIG',
    completes: 'files',
  }),
  new Option('--cri <socket>', 'container runtime to ask for pods instead', {
    env: 'SWOLL_CRISOCKET',
    completes: 'files',
  }),
  new Option('--node <name>', 'name of this node (default: $K8S_NODE_NAME, else that of the host)'),
]

const GROUPS: readonly OptionGroup[] = [
  {
    heading: 'Whose calls:',
    options: whose(new Option('-n, --namespace <list>', 'pods of these namespaces', { isList: true })),
  },
  { heading: 'Rows and columns:', options: view },
  { heading: 'Output:', options: output },
  { heading: 'Which agents:', options: AGENT_OPTIONS },
  { heading: 'Where pods of this host come from:', options: pods },
]

/** For `kubectl swoll top`, whose other options are those of kubectl. */
export const REMOTE_TOP_GROUPS: readonly OptionGroup[] = [
  {
    heading: 'Whose calls:',
    options: [
      new Option('-A, --all-namespaces', 'all namespaces, and what belongs to none'),
      ...whose(
        new Option('-n, --namespace <name>', 'the namespace (default: that of the context, else default)'),
      ).slice(1),
    ],
  },
  { heading: 'Rows and columns:', options: view },
  { heading: 'Output:', options: output },
]

/** Examples for the help and the manual: a command line, and what it shows. */
export const TOP_EXAMPLES: readonly (readonly [command: string, shows: string])[] = [
  ['swoll top', 'all calls of this host, live; ? shows the keys'],
  ['swoll top -n shop --by pod --show trouble', 'pods whose calls fail as they should not'],
  ['swoll top --agent node-a:9095', 'another host, by its agent'],
  ['swoll top --once --by unit --sort share', 'a table of services by the time in calls'],
  ['swoll top -o json --by syscall,errno --for 10s', 'for a program, of ten seconds'],
]

export function addTopOptions(command: Command): Command {
  for (const { heading, options } of GROUPS) {
    command.optionsGroup(heading)
    for (const option of options) command.addOption(option)
  }
  return command
}
