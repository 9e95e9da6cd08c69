/** The options of `swoll controller`. */
import type { Command } from 'commander'
import { KnownOption as Option } from '../option.ts'

export interface TypedController {
  readonly kubeconfig?: string
  readonly metricsAddr: string
  readonly image?: string
  readonly imagePullPolicy: string
  readonly agentsService?: string
  readonly endpoints?: readonly string[]
  readonly plainHttp?: true
  readonly ca?: string
  readonly serverName?: string
  readonly tokenFile?: string
  readonly enableLeaderElection?: true
  readonly leaderElectionId: string
  readonly leaderElectionNamespace?: string
  readonly alertListen?: string
  readonly alertTemplate?: string
  readonly alertTokenFile?: string
  readonly logLevel: string
  readonly logFormat: string
}

export const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'] as const
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export const LOG_FORMATS = ['console', 'json'] as const

const withDefault = (option: Option, value: string): Option => {
  option.default(value)
  return option
}

const CLUSTER: readonly Option[] = [
  new Option('-k, --kubeconfig <file>', 'how to reach the API server; default: as a pod does', {
    completes: 'files',
    env: 'KUBECONFIG',
  }),
  new Option('--enable-leader-election', 'of several controllers one works'),
  withDefault(
    new Option('--leader-election-id <name>', 'the name of the Lease'),
    'd4e4c6da.swoll.criticalstack.com',
  ),
  new Option('--leader-election-namespace <namespace>', 'the namespace of the Lease; default: its own'),
]

const AGENTS: readonly Option[] = [
  new Option(
    '--agents-service <namespace/name>',
    'the Service of the agents; default: swoll in its own namespace',
  ),
  new Option('-e, --endpoints <endpoints>', 'agents as HOST:PORT, between commas, instead of a Service', {
    isList: true,
  }),
  new Option('--plain-http', 'agents of --endpoints speak no TLS'),
  new Option('--ca <file>', "authorities of the agents' certificates, PEM", { completes: 'files' }),
  new Option('--server-name <name>', "the name in the agents' certificates; default: that of their Service"),
  new Option('--token-file <file>', 'the token for the agents; default: the login of the API server', {
    completes: 'files',
  }),
]

const JOBS: readonly Option[] = [
  new Option('-i, --image <image>', 'the image of the Jobs whose logs have the calls', {
    env: 'SWOLL_IMAGE',
  }),
  withDefault(
    new Option('--image-pull-policy <policy>', PULL_POLICIES.join(', '), { completes: PULL_POLICIES }),
    'IfNotPresent',
  ),
]

const ALERTS: readonly Option[] = [
  new Option('--alert-listen <address>', 'where POST /alerts takes the webhook of an Alertmanager'),
  new Option('--alert-template <file>', 'the Trace that an alert starts', { completes: 'files' }),
  new Option('--alert-token-file <file>', 'the bearer token that an Alertmanager shows', {
    completes: 'files',
  }),
]

const PROCESS: readonly Option[] = [
  withDefault(new Option('-m, --metrics-addr <address>', 'metrics and health'), '127.0.0.1:8080'),
  withDefault(new Option('--log-level <level>', LEVELS.join(', '), { completes: LEVELS }), 'info'),
  withDefault(
    new Option('--log-format <format>', LOG_FORMATS.join(', '), { completes: LOG_FORMATS }),
    'console',
  ),
]

export const CONTROLLER_EXAMPLES = [
  ['swoll controller --agents-service swoll/swoll --ca ca.crt', 'as the Deployment of the chart does'],
  ['swoll controller -k ~/.kube/config -e 10.0.0.1:9095,10.0.0.2:9095', 'outside of the cluster'],
] as const

export function addControllerOptions(command: Command): Command {
  for (const [heading, options] of [
    ['Cluster:', CLUSTER],
    ['Agents:', AGENTS],
    ['Jobs:', JOBS],
    ['Alerts:', ALERTS],
    ['Process:', PROCESS],
  ] as const) {
    command.optionsGroup(heading)
    for (const option of options) command.addOption(option)
  }
  return command
}
