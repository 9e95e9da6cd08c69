/** The options of `swoll seccomp`, as they are typed. */
import { PROFILE_FORMATS } from '../../seccomp/formats.ts'
import { CLIENT_GROUPS, type TypedAgents } from '../client/options.ts'
import { KnownOption as Option, type OptionGroup } from '../option.ts'

export const TABLE_FORMATS = ['table', 'json'] as const

/** Lists hold what each use of the option was given, commas and all. */
export interface TypedSeccomp extends Omit<TypedAgents, 'namespace' | 'endpoints'> {
  readonly agent?: readonly string[]
  readonly cluster?: true
  readonly for?: string
  readonly arguments?: true
  readonly namespace?: readonly string[]
  readonly workload?: readonly string[]
  readonly revision?: readonly string[]
  readonly pod?: readonly string[]
  readonly container?: readonly string[]
  readonly unit?: readonly string[]
  readonly errno?: string
  readonly name?: string
  readonly withoutSetup?: true
  /** False: `--no-runtime`. */
  readonly runtime?: boolean
  readonly revisions?: string
  readonly exitCode?: true
  readonly requireComplete?: true
}

const list = (flags: string, description: string) => new Option(flags, description, { isList: true })
const whose: readonly Option[] = [
  list('-n, --namespace <list>', 'of these namespaces'),
  list('-w, --workload <list>', 'of these workloads: web, deployment/web'),
  list('--revision <list>', 'of these revisions: hashes of pod templates, tags of images'),
  list('-p, --pod <list>', 'of these pods'),
  list('-m, --container <list>', 'containers of these names, or ids of 8 digits and more'),
  new Option('--unit <list>', 'systemd units, or paths of cgroups', { isList: true, completes: 'units' }),
]
const source: readonly Option[] = [
  new Option('--for <duration>', 'watch this kernel for so long: 60s (default: until Ctrl-C)'),
  new Option('--arguments', 'with this kernel: also what sockets, flags and the like were asked for'),
  list('-a, --agent <url>', 'ask agents, which have counted since they began, instead of this kernel'),
  new Option('--cluster', 'ask all agents of the cluster'),
]
const login = CLIENT_GROUPS.get[0].options.filter(
  ({ long }) => long !== '--endpoints' && long !== '--use-tls',
)
const profile: readonly Option[] = [
  withDefault(
    new Option('-o, --output <format>', PROFILE_FORMATS.join(', '), { completes: PROFILE_FORMATS }),
    'oci',
  ),
  withDefault(new Option('--errno <name>', 'how denied calls fail', { completes: 'errors' }), 'EPERM'),
  new Option('--name <name>', 'of the SeccompProfile resource (default: that of the workload)'),
  new Option('--no-runtime', 'without the calls by which a container runtime starts the program'),
  new Option(
    '--without-setup',
    "without calls at the start that are likely the runtime's, where they cannot be told apart",
  ),
]
const requireComplete = () => new Option('--require-complete', 'exit with 1 if calls may be missing')
const table = () =>
  withDefault(
    new Option('-o, --output <format>', TABLE_FORMATS.join(', '), { completes: TABLE_FORMATS }),
    'table',
  )

function withDefault(option: Option, value: string): Option {
  option.default(value)
  return option
}

const OTHERS: readonly OptionGroup[] = [
  { heading: 'Whose calls:', options: whose },
  { heading: 'Where from:', options: source },
  { heading: 'How agents are reached:', options: login },
]
const output = (...options: readonly Option[]): readonly OptionGroup[] => [
  { heading: 'Output:', options },
  ...OTHERS,
]

export const SECCOMP_GROUPS = {
  profile: output(...profile, requireComplete()),
  record: output(
    new Option('-o, --output <file>', 'a file (default: standard output)', { completes: 'files' }),
  ),
  diff: output(
    table(),
    new Option('--revisions <old,new>', 'compare two revisions within one observation'),
    new Option('--exit-code', 'exit with 1 if a call is new'),
  ),
  check: output(table(), requireComplete()),
  denied: output(table()),
} as const satisfies Readonly<Record<string, readonly OptionGroup[]>>
export type SeccompCommand = keyof typeof SECCOMP_GROUPS
