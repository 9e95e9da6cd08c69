/** The options of `swoll trace` and `swoll replay`, as they are typed. What they mean: decode-options.ts. */
import type { Command } from 'commander'
import { OUTPUTS } from '../../trace/formats/outputs.ts'
import { SORTS } from '../../trace/formats/sorts.ts'
import { KnownOption as Option, type OptionGroup } from '../option.ts'

/** The fates of a command that outlives its trace. */
export const WHEN_DONE = ['wait', 'leave', 'kill'] as const
export type WhenDone = (typeof WHEN_DONE)[number]

/** Which calls of a recording, and of whom. As typed: lists hold what each use of the option was given, commas and all. */
export interface TypedFilters {
  readonly syscalls?: readonly string[]
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly namespace?: readonly string[]
  readonly pod?: readonly string[]
  readonly container?: readonly string[]
  /** False: `--no-containers`. */
  readonly containers?: boolean
  readonly pid?: readonly string[]
  readonly cgroup?: readonly string[]
  readonly unit?: readonly string[]
  readonly uid?: string
  readonly comm?: string
  /** True: without names. */
  readonly errors?: string | true
  readonly successfulOnly?: true
  readonly failedOnly?: true
  readonly path?: readonly string[]
  readonly minLatency?: string
  readonly sample?: string
  readonly count?: string
}

/** How calls are shown. */
export interface TypedDisplay {
  readonly output?: string
  readonly file?: string
  /** How often `-t` was given. */
  readonly timestamps?: number
  readonly relativeTimestamps?: true
  readonly syscallTimes?: true
  readonly types?: true
  readonly summarySortBy?: string
  readonly redact?: readonly string[]
}

export interface TypedReplay extends TypedFilters, TypedDisplay {}

export interface TypedOptions extends TypedReplay {
  /** False: `--no-follow`; absent: as `--follow`. */
  readonly follow?: boolean
  readonly optedOut?: true
  readonly rateLimit?: string
  readonly duration?: string
  readonly whenDone?: string
  /** False: `--no-in-flight`. */
  readonly inFlight?: boolean
  readonly stringLimit?: string
  readonly payload?: string
  /** False: `--no-decode-fds`; absent: as the output has it. */
  readonly decodeFds?: boolean
  readonly environment?: true
  readonly record?: string
  readonly kubeconfig?: string
  readonly cri?: string
  readonly node?: string
}

/** Pods, by what they are told by. */
export const POD_TARGETS: readonly Option[] = [
  new Option('-n, --namespace <list>', 'pods of these namespaces', { isList: true }),
  new Option('-l, --label-selector <selector>', 'the same as [label-selector]'),
  new Option('-f, --field-selector <selector>', 'pods by field: status.phase=Running,spec.nodeName!=a'),
  new Option('-p, --pod <list>', 'pods of these names', { isList: true }),
  new Option(
    '-c, --container <list>',
    'containers, by name in the pod or by the first 8 digits of the id or more',
    { isList: true },
  ),
]
const others: readonly Option[] = [
  new Option('--no-containers', 'the host instead: what is in no container'),
  new Option('--pid <list>', 'processes, with their threads and the children they make; or threads', {
    isList: true,
    completes: 'processes',
  }),
  new Option('--unit <list>', 'systemd units: ssh, user@*.service', { isList: true, completes: 'units' }),
]
const following: readonly Option[] = [
  new Option('--follow', 'containers that start later too, and restarts (default)'),
  new Option('--no-follow', 'only containers that run at the start'),
  new Option('--opted-out', 'also pods with the label or annotation swoll=false'),
]

const user = new Option('-u, --uid <user>', 'calls of this user, by number or name', { completes: 'users' })
const otherFilters: readonly Option[] = [
  new Option('--comm <name>', 'calls of threads of this name'),
  new Option(
    '-e, --errors [list]',
    'calls that failed, or failed so: ENOENT,EACCES; put it last or before another option',
    { completes: 'errors' },
  ),
  new Option('-z, --successful-only', 'calls that did not fail'),
  new Option('-Z, --failed-only', 'calls that failed'),
  new Option(
    '-P, --path <path>',
    'calls on this file, by name or descriptor; with / at the end, on all below',
    {
      isList: true,
      completes: 'files',
    },
  ),
  new Option('--min-latency <duration>', 'calls that took so long or longer: 10ms'),
  new Option('--sample <n>', 'one of n calls, at random'),
]
const callFilters: readonly Option[] = [user, ...otherFilters]
const WORDS = 'calls, classes, groups and %classes of strace, with ! all but these: openat,Network,!poll'
/** `whole`: what else makes all calls the default. */
const liveCalls = (whole = '') =>
  new Option(
    '-s, --syscalls <list>',
    `${WORDS}; all (default: execve,execveat; all with ${whole}-e, -z, -Z, -P, --min-latency or -o summary)`,
    { isList: true, completes: 'calls' },
  )
const recordedCalls = new Option('-s, --syscalls <list>', `${WORDS} (default: all)`, {
  isList: true,
  completes: 'calls',
})
const rate = new Option(
  '--rate-limit <n>',
  'calls per second and container; more are counted as lost; 0: no limit',
)
const duration = new Option('--duration <duration>', 'ends after: 30s')
const ends: readonly Option[] = [new Option('--count <n>', 'ends after n calls')]

/** How lines look, wherever their calls come from. */
export const LINE_STYLE: readonly Option[] = [
  new Option(
    '-t, --timestamps',
    'time of day of each call; -tt with microseconds, -ttt as seconds of Unix time',
    {
      isCounted: true,
    },
  ),
  new Option('-r, --relative-timestamps', 'time since the call before began'),
  new Option('-T, --syscall-times', 'how long each call took, behind it, with -o strace'),
  new Option('--types', 'C types of arguments, with -o cli'),
  new Option('-S, --summary-sort-by <word>', `${SORTS.join(', ')} (default: time), with -o summary`, {
    completes: SORTS,
  }),
]
/** `standard`: where else calls are written. */
const linesTo = (standard: string): readonly Option[] => [
  new Option('-o, --output <format>', `${OUTPUTS.join(', ')} (default: cli)`, { completes: OUTPUTS }),
  new Option('--file <file>', `writes there instead (default: ${standard})`, { completes: 'files' }),
  ...LINE_STYLE,
]
const display: readonly Option[] = [
  ...linesTo('standard output; with a command standard error'),
  new Option('--redact <regex>', 'puts stars over what matches in strings, arguments and payload', {
    isList: true,
  }),
]
const descriptors: readonly Option[] = [
  new Option(
    '-y, --decode-fds',
    'what file descriptors refer to: paths, sockets with their addresses (default, but with -o strace and summary)',
  ),
  new Option('--no-decode-fds', 'descriptors as numbers only'),
]
const copied = (payload: string): readonly Option[] => [
  new Option(
    '--string-limit <bytes>',
    'bytes shown of strings other than paths (default: 256; 32 with -o strace)',
  ),
  new Option(
    '--payload <bytes>',
    `bytes shown of what is read, written, sent and received (default: ${payload})`,
  ),
  new Option('--environment', 'environments of the programs that start; they may hold secrets'),
]
const details: readonly Option[] = [...descriptors, ...copied('0; 32 with a command')]

/** Where pods come from. */
export const POD_SOURCES: readonly Option[] = [
  new Option('--kubeconfig <file>', 'how to reach the Kubernetes API', {
    env: 'SWOLL_KUBECONFIG',
    completes: 'files',
  }),
  new Option('--cri <socket>', 'container runtime to ask for pods instead', {
    env: 'SWOLL_CRISOCKET',
    completes: 'files',
  }),
  new Option('--node <name>', 'name of this node (default: $K8S_NODE_NAME, else that of the host)'),
]

/** A recording does not have the paths of all cgroups. */
const cgroups = new Option('--cgroup <list>', 'cgroups by path, with those below', {
  isList: true,
  completes: 'cgroups',
})

/** What is in no pod. */
export const OTHER_TARGETS: readonly Option[] = [...others, cgroups]

export const TRACE_GROUPS: readonly OptionGroup[] = [
  { heading: 'Whose calls, of pods:', options: [...POD_TARGETS, ...following] },
  { heading: 'Whose calls, of others:', options: OTHER_TARGETS },
  {
    heading: 'Which calls:',
    options: [
      liveCalls('a command, --pid, '),
      ...callFilters,
      rate,
      duration,
      ...ends,
      new Option(
        '--no-in-flight',
        'only calls that begin from now on, not those in which the chosen pods, units and processes are',
      ),
      new Option(
        '--when-done <what>',
        'when the trace ends before the command: wait for it, leave it, or kill it (default: wait)',
        { completes: WHEN_DONE },
      ),
    ],
  },
  {
    heading: 'Output:',
    options: [
      ...display,
      ...details,
      new Option(
        '--record <file>',
        'writes a recording for `swoll replay`; prints nothing unless -o is given',
        {
          completes: 'files',
        },
      ),
    ],
  },
  { heading: 'Where pods come from:', options: POD_SOURCES },
]

/** What jobs of agents can be asked for: all that does not look at this host. Their agents' policy redacts. */
export const REMOTE_CALLS: readonly Option[] = [
  liveCalls(),
  new Option('-u, --uid <number>', 'calls of this user, by number: names of this host mean nothing there'),
  ...otherFilters,
  rate,
  duration,
  ...ends,
]
/** How calls of other hosts are shown. */
export const REMOTE_DISPLAY: readonly Option[] = linesTo('standard output')
export const REMOTE_DETAILS: readonly Option[] = copied('0')

const REPLAY_GROUPS: readonly OptionGroup[] = [
  { heading: 'Whose calls, of pods:', options: POD_TARGETS },
  { heading: 'Whose calls, of others:', options: others },
  { heading: 'Which calls:', options: [recordedCalls, ...callFilters, ...ends] },
  { heading: 'Output:', options: display },
]

/** Examples for the help and the manual: a command line, and what it shows. */
export const TRACE_EXAMPLES: readonly (readonly [command: string, shows: string])[] = [
  ['swoll trace -- ls /tmp', 'all calls of a command'],
  ['swoll trace app=web -n shop -e', 'calls that fail, of pods by label'],
  ['swoll trace --unit ssh -s %file,Network', 'files and network of a service'],
  ['swoll trace --pid 812 --min-latency 100ms', 'what is slow in a process'],
  ['swoll trace --no-containers -s all -o summary --duration 10s', 'the host, as a table'],
]
export const REPLAY_EXAMPLES: typeof TRACE_EXAMPLES = [
  ['swoll replay web.trc -s connect -Z', 'connections that failed'],
  ['swoll replay web.trc -o summary -S max-time', 'a table, longest call first'],
]

export function addTraceOptions(command: Command): Command {
  command
    .usage('[options] [label-selector] [-- command [arguments...]]')
    .argument('[label-selector...]', 'pods by label: app=web, tier in (front,edge), !canary')
  return addGroups(command, TRACE_GROUPS)
}

export function addReplayOptions(command: Command): Command {
  return addGroups(
    command.argument('<file>', 'a recording of `swoll trace --record`; - is standard input'),
    REPLAY_GROUPS,
  )
}

function addGroups(command: Command, groups: readonly OptionGroup[]): Command {
  for (const { heading, options } of groups) {
    command.optionsGroup(heading)
    for (const option of options) command.addOption(option)
  }
  return command
}

/** Returns the arguments before and behind `--` of `swoll trace`; undefined: there is no `--`. */
export function splitCommand(
  argv: readonly string[],
): readonly [own: readonly string[], command: readonly string[] | undefined] {
  const at = argv[0] === 'trace' ? argv.indexOf('--') : -1
  return at < 0 ? [argv, undefined] : [argv.slice(0, at), argv.slice(at + 1)]
}
