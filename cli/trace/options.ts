/** The options of `swoll trace` and `swoll replay`, as they are typed. What they mean: decode-options.ts. */
import { type Command, Option } from 'commander'

export const OUTPUTS = ['cli', 'json', 'otlp-json', 'strace', 'summary'] as const
export type Output = (typeof OUTPUTS)[number]

/** As typed. Lists hold what each use of the option was given, commas and all. */
export interface TypedOptions {
  readonly syscalls?: readonly string[]
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly namespace?: readonly string[]
  readonly pod?: readonly string[]
  readonly container?: readonly string[]
  /** False: `--no-containers`. */
  readonly containers: boolean
  readonly pid?: readonly string[]
  readonly cgroup?: readonly string[]
  readonly unit?: readonly string[]
  /** False: `--no-follow`; absent: as `--follow`. */
  readonly follow?: boolean
  readonly uid?: string
  readonly comm?: string
  /** True: without names. */
  readonly errors?: string | true
  readonly minLatency?: string
  readonly sample?: string
  readonly rateLimit?: string
  readonly duration?: string
  readonly count?: string
  readonly output?: string
  readonly file?: string
  readonly stringLimit?: string
  readonly payload?: string
  /** False: `--no-decode-fds`; absent: as the output has it. */
  readonly decodeFds?: boolean
  readonly environment?: true
  readonly redact?: readonly string[]
  readonly record?: string
  readonly kubeconfig?: string
  readonly cri?: string
  readonly node?: string
}

/** May be given several times. */
const list = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, text]

export function addTraceOptions(command: Command): Command {
  return command
    .usage('[options] [label-selector] [-- command [arguments...]]')
    .argument('[label-selector]', 'pods by label: app=web, tier in (front,edge), !canary')
    .option(
      '-s, --syscalls <list>',
      'calls, classes and groups, with ! all but these: openat,Network,!poll; all (default: execve,execveat; all with a command, --pid, -e, --min-latency or -o summary)',
      list,
    )
    .option('-n, --namespace <list>', 'pods of these namespaces', list)
    .option('-l, --label-selector <selector>', 'the same as [label-selector]')
    .option('-f, --field-selector <selector>', 'pods by field: status.phase=Running,spec.nodeName!=a')
    .option('-p, --pod <list>', 'pods of these names', list)
    .option(
      '-c, --container <list>',
      'containers, by name in the pod or by the first 8 digits of the id or more',
      list,
    )
    .option('--no-containers', 'the host instead: what is in no container')
    .option('--pid <list>', 'processes, with their threads and the children they make', list)
    .option('--cgroup <list>', 'cgroups by path, with those below', list)
    .option('--unit <list>', 'systemd units: ssh, user@*.service', list)
    .option('--follow', 'containers that start later too, and restarts (default)')
    .option('--no-follow', 'only containers that run at the start')
    .option('-u, --uid <uid>', 'calls of this user')
    .option('--comm <name>', 'calls of threads of this name')
    .option(
      '-e, --errors [list]',
      'calls that failed, or failed so: ENOENT,EACCES; put it last or before another option',
    )
    .option('--min-latency <duration>', 'calls that took so long or longer: 10ms')
    .option('--sample <n>', 'one of n calls, at random')
    .option('--rate-limit <n>', 'calls per second and container; more are counted as lost')
    .option('--duration <duration>', 'ends after: 30s')
    .option('--count <n>', 'ends after n calls')
    .option(
      '--string-limit <bytes>',
      'bytes shown of strings other than paths (default: 256; 32 with -o strace)',
    )
    .option(
      '--payload <bytes>',
      'bytes shown of what is read, written, sent and received (default: 0; 32 with a command)',
    )
    .option(
      '-y, --decode-fds',
      'what file descriptors refer to: paths, sockets with their addresses (default, but with -o strace and summary)',
    )
    .option('--no-decode-fds', 'descriptors as numbers only')
    .option('--environment', 'environments of the programs that start; they may hold secrets')
    .option('--redact <regex>', 'puts stars over what matches in strings, arguments and payload', list)
    .addOption(outputOption())
    .addOption(fileOption())
    .option('--record <file>', 'writes a recording for `swoll replay`; prints nothing unless -o is given')
    .addOption(new Option('--kubeconfig <file>', 'how to reach the Kubernetes API').env('SWOLL_KUBECONFIG'))
    .addOption(
      new Option('--cri <socket>', 'container runtime to ask for pods instead').env('SWOLL_CRISOCKET'),
    )
    .option('--node <name>', 'name of this node (default: $K8S_NODE_NAME, else that of the host)')
}

/** What is before and behind `--` of `swoll trace`. */
export function splitCommand(
  argv: readonly string[],
): readonly [own: readonly string[], command: readonly string[]] {
  const at = argv[0] === 'trace' ? argv.indexOf('--') : -1
  return at < 0 ? [argv, []] : [argv.slice(0, at), argv.slice(at + 1)]
}

export function addReplayOptions(command: Command): Command {
  return command
    .argument('<file>', 'a recording of `swoll trace --record`')
    .addOption(outputOption())
    .addOption(fileOption())
}

function outputOption(): Option {
  return new Option('-o, --output <format>', `${OUTPUTS.join(', ')} (default: cli)`)
}

function fileOption(): Option {
  return new Option(
    '--file <file>',
    'writes there instead (default: standard output; with a command standard error)',
  )
}
