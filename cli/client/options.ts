/** The options of `swoll client`, as they are typed. What they mean: decode-options.ts. */
import { OUTPUTS } from '../../trace/formats/outputs.ts'
import { KnownOption as Option, type OptionGroup } from '../option.ts'
import { LINE_STYLE } from '../trace/options.ts'

/** `json`: each line within an object that says which agent it is of, as the original swoll has it; `jsonl`: the lines themselves. */
export const CLIENT_OUTPUTS = [...OUTPUTS, 'jsonl'] as const
export const LIST_OUTPUTS = ['table', 'json'] as const
export const DESTINATIONS = ['logs', 'otlp', 'file'] as const

/** Which agents, and as whom. Lists hold what each use of the option was given, commas and all. */
export interface TypedAgents {
  readonly endpoints?: readonly string[]
  readonly useTls?: true
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly serverName?: string
  readonly insecureSkipTlsVerify?: true
  readonly kubeconfig?: string
  readonly agentsNamespace?: string
  readonly output?: string
  readonly namespace?: string
}

export interface TypedView {
  readonly timestamps?: number
  readonly relativeTimestamps?: true
  readonly syscallTimes?: true
  readonly types?: true
  readonly summarySortBy?: string
}

export interface TypedWatch extends TypedAgents, TypedView {
  readonly trace?: string
  readonly fromStart?: true
  readonly count?: string
}

export interface TypedCreate extends TypedAgents, TypedView {
  readonly file?: string
  readonly jobid?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly syscalls?: readonly string[]
  readonly matchHosts?: readonly string[]
  readonly pod?: readonly string[]
  readonly allNamespaces?: true
  /** False: `--no-containers`. */
  readonly containers?: boolean
  readonly unit?: readonly string[]
  readonly oneshot?: true
  readonly uid?: string
  readonly comm?: string
  readonly errors?: string | true
  readonly successfulOnly?: true
  readonly failedOnly?: true
  readonly path?: readonly string[]
  readonly minLatency?: string
  readonly sample?: string
  readonly count?: string
  readonly rateLimit?: string
  readonly duration?: string
  readonly stringLimit?: string
  readonly payload?: string
  readonly environment?: true
  readonly persistent?: true
  readonly sendTo?: readonly string[]
}

const agents: readonly Option[] = [
  new Option(
    '-e, --endpoints <list>',
    'host:port of agents; without a port 9095 (default: found in the cluster)',
    {
      isList: true,
      env: 'SWOLL_ENDPOINTS',
    },
  ),
  new Option(
    '--use-tls',
    'TLS for endpoints without https:// or http://; so do --ca, --cert and --server-name',
  ),
  new Option('--ca <file>', 'authorities of the agents, PEM', { env: 'SWOLL_CA', completes: 'files' }),
  new Option('--cert <file>', 'own certificate, PEM', { completes: 'files' }),
  new Option('--key <file>', 'its key, PEM', { completes: 'files' }),
  new Option('--token <token>', 'bearer token; others can see it in the list of processes', {
    env: 'SWOLL_TOKEN',
  }),
  new Option('--token-file <file>', 'a file with it, read anew for each request', { completes: 'files' }),
  new Option('--server-name <name>', 'the name in the certificate of agents', { env: 'SWOLL_SERVER_NAME' }),
  new Option('--insecure-skip-tls-verify', 'takes any certificate: whoever is on the way can read all'),
  new Option(
    '--kubeconfig <file>',
    'how to reach the Kubernetes API, where agents and traces are looked for',
    {
      env: 'SWOLL_KUBECONFIG',
      completes: 'files',
    },
  ),
  new Option('--agents-namespace <name>', 'where agents are looked for in the cluster (default: swoll)'),
]
const namespace = () => new Option('-n, --namespace <name>', 'namespace of the pods')
const output = () =>
  new Option(
    '-o, --output <format>',
    `${CLIENT_OUTPUTS.join(', ')} (default: json, with the agent's address; jsonl: without)`,
    { completes: CLIENT_OUTPUTS },
  )
const listOutput = new Option('-o, --output <format>', `${LIST_OUTPUTS.join(', ')} (default: table)`, {
  completes: LIST_OUTPUTS,
})

const view = (): readonly Option[] => [output(), ...LINE_STYLE]
const whose: readonly Option[] = [
  namespace(),
  new Option('-l, --label-selector <selector>', 'pods by label: app=web, tier in (front,edge), !canary'),
  new Option('-F, --field-selector <selector>', 'pods by field: status.phase=Running'),
  new Option('-p, --pod <list>', 'pods of these names', { isList: true }),
  new Option('-m, --match-hosts <list>', 'containers of these names', { isList: true }),
  new Option('-A, --all-namespaces', 'containers of all namespaces: needs rights on all'),
  new Option('--no-containers', 'the hosts instead: what is in no container'),
  new Option('--unit <list>', 'systemd units of the hosts', { isList: true }),
]
const which: readonly Option[] = [
  new Option(
    '-s, --syscalls <list>',
    'calls, classes, groups, all; with ! all but these (default: execve,execveat; all with a filter)',
    {
      isList: true,
      completes: 'calls',
    },
  ),
  new Option('-u, --uid <id>', 'calls of this user, by number'),
  new Option('--comm <name>', 'calls of threads of this name'),
  new Option('--errors [list]', 'calls that failed, or failed so: ENOENT,EACCES', { completes: 'errors' }),
  new Option('-z, --successful-only', 'calls that did not fail'),
  new Option('-Z, --failed-only', 'calls that failed'),
  new Option('-P, --path <path>', 'calls on this file; with / at the end, on all below', { isList: true }),
  new Option('--min-latency <duration>', 'calls that took so long or longer: 10ms'),
  new Option('--sample <n>', 'one of n calls, at random'),
]
const limits: readonly Option[] = [
  new Option('--duration <duration>', 'the job ends after: 30s'),
  new Option('--count <n>', 'the job ends after n calls on each node'),
  new Option('--rate-limit <n>', 'calls per second and container; more are counted as lost; 0: no limit'),
  new Option('--string-limit <bytes>', 'bytes shown of strings'),
  new Option('--payload <bytes>', 'bytes shown of what is read, written, sent and received'),
  new Option('--environment', 'environments of the programs that start'),
  new Option('--persistent', 'goes on after a restart of an agent'),
  new Option('--send-to <list>', `${DESTINATIONS.join(', ')} (default: logs, which is to who watches)`, {
    isList: true,
    completes: DESTINATIONS,
  }),
]
const job: readonly Option[] = [
  new Option(
    '-f, --file <file>',
    'a specification or a Trace, YAML or JSON; options go before what it says; - is standard input',
    {
      completes: 'files',
    },
  ),
  new Option('-j, --jobid <id>', 'id of the job (default: a new one)'),
  new Option('-O, --oneshot', 'shows the calls until it is interrupted, then deletes the job'),
]

const AGENTS: OptionGroup = { heading: 'Which agents:', options: agents }

export const CLIENT_GROUPS = {
  create: [
    { heading: 'The job:', options: job },
    { heading: 'Whose calls:', options: whose },
    { heading: 'Which calls:', options: which },
    { heading: 'Limits:', options: limits },
    { heading: 'Output of --oneshot:', options: view() },
    AGENTS,
  ],
  watch: [
    {
      heading: 'What:',
      options: [
        new Option('--trace <name>', 'the jobs of a Trace resource, on all nodes, to its end'),
        namespace(),
        new Option('--from-start', 'from the first call that agents still have (default with --trace)'),
        new Option('--count <n>', 'ends after n calls'),
      ],
    },
    { heading: 'Output:', options: view() },
    AGENTS,
  ],
  delete: [AGENTS],
  query: [{ heading: 'Output:', options: [namespace()] }, AGENTS],
  list: [{ heading: 'Output:', options: [namespace(), listOutput] }, AGENTS],
  get: [AGENTS],
  status: [{ heading: 'Output:', options: [listOutput] }, AGENTS],
} as const satisfies Readonly<Record<string, readonly OptionGroup[]>>
export type ClientCommand = keyof typeof CLIENT_GROUPS
