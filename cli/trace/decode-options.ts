/** What the options of `swoll trace` ask for. Every mistake is reported, not the first. */
import type { TraceRequest } from '../../receiver/ebpf/trace/request.ts'
import { findFaultWithCalls } from '../../syscalls/call-set.ts'
import { decodeErrors, decodePatterns } from './decode-lists.ts'
import { OUTPUTS, type Output, type TypedOptions } from './options.ts'
import { decodeTarget } from './target-options.ts'
import { Usage } from './usage.ts'

export interface TraceOptions {
  readonly request: TraceRequest
  /** The command to start, and its arguments; none: nothing is started, and the processes of `request` are given. */
  readonly command: readonly string[]
  readonly redact: readonly RegExp[]
  readonly durationMs: number | undefined
  readonly count: number | undefined
  /** Undefined: prints nothing. */
  readonly output: Output | undefined
  readonly file: string | undefined
  readonly record: string | undefined
  readonly kubeconfig: string | undefined
  readonly cri: string | undefined
  readonly node: string | undefined
}

/** Programs that start are what a pod or host is about; all they do would be a flood. */
const STARTS = ['execve', 'execveat']
/** The kernel side copies no more at once. */
const MAX_COPY = 4096
const STRING_LIMIT = 256
/** strace's own (`-s`). */
const STRACE_LIMIT = 32
/** Bytes of a thread's name (TASK_COMM_LEN, less the NUL). */
const MAX_COMM = 15
const MAX_UID = 0xffff_fffe

/** Throws USAGE_INVALID with a line per mistake. `selector` is the argument. */
export function decodeOptions(
  typed: TypedOptions,
  selector: string | undefined,
  command: readonly string[],
): TraceOptions {
  const usage = new Usage()
  const output =
    typed.output === undefined && typed.record !== undefined ? undefined : decodeOutput(typed, usage)
  const targets = decodeTarget(typed, selector, command, usage)
  const errors = decodeErrors(typed.errors, usage)
  const minNs = (usage.duration('--min-latency', typed.minLatency) ?? 0) * 1e6
  const isAboutAll = targets.kind === 'processes' || errors !== undefined || minNs > 0 || output === 'summary'
  const calls = decodeCalls(typed.syscalls, usage) ?? (isAboutAll ? [] : STARTS)
  const uid = usage.integer('--uid', typed.uid, { min: 0, max: MAX_UID })
  const callsPerSecond = usage.integer('--rate-limit', typed.rateLimit, { min: 1, max: 1e9 })
  const comm = decodeComm(typed.comm, usage)
  const options: TraceOptions = {
    request: {
      calls,
      targets,
      filter: {
        minNs,
        sample: usage.integer('--sample', typed.sample, { min: 1, max: 0xffff_ffff }) ?? 1,
        ...(uid !== undefined && { uid }),
        ...(comm !== undefined && { comm }),
        ...(errors !== undefined && { errors }),
      },
      limits: {
        stringBytes:
          usage.integer('--string-limit', typed.stringLimit, { min: 1, max: MAX_COPY }) ??
          (output === 'strace' ? STRACE_LIMIT : STRING_LIMIT),
        payloadBytes:
          usage.integer('--payload', typed.payload, { min: 0, max: MAX_COPY }) ??
          (command.length > 0 ? STRACE_LIMIT : 0),
        descriptors: typed.decodeFds ?? (output !== 'strace' && output !== 'summary'),
        environments: typed.environment ?? false,
        ...(callsPerSecond !== undefined && { callsPerSecond }),
      },
    },
    command,
    redact: decodePatterns(typed.redact ?? [], usage),
    durationMs: usage.duration('--duration', typed.duration),
    count: usage.integer('--count', typed.count, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    output,
    file: usage.text('--file', typed.file),
    record: usage.text('--record', typed.record),
    kubeconfig: usage.text('--kubeconfig', typed.kubeconfig),
    cri: usage.text('--cri', typed.cri),
    node: usage.text('--node', typed.node),
  }
  if (options.kubeconfig !== undefined && options.cri !== undefined)
    usage.refuse('--cri', 'must not be given together with --kubeconfig; pods come from one or the other')
  usage.check()
  return options
}

/** Of `swoll replay`. Throws USAGE_INVALID. */
export function decodeReplayOptions(typed: Pick<TypedOptions, 'output' | 'file'>): {
  readonly output: Output
  readonly file: string | undefined
} {
  const usage = new Usage()
  const options = { output: decodeOutput(typed, usage), file: usage.text('--file', typed.file) }
  usage.check()
  return options
}

function decodeOutput({ output = 'cli' }: Pick<TypedOptions, 'output'>, usage: Usage): Output {
  return usage.oneOf('--output', output, OUTPUTS) ?? 'cli'
}

/** Undefined: not given. */
function decodeCalls(given: readonly string[] | undefined, usage: Usage): readonly string[] | undefined {
  if (given === undefined) return undefined
  const words = usage.words('--syscalls', given)
  for (const word of words) {
    const fault = findFaultWithCalls(word)
    if (fault === undefined) continue
    const [rule, hint] = fault.split('; ')
    usage.refuse('--syscalls', `${rule}, got "${word}"${hint ? `; ${hint}` : ''}`)
  }
  return words
}

function decodeComm(comm: string | undefined, usage: Usage): string | undefined {
  const text = usage.text('--comm', comm)
  if (text === undefined || Buffer.byteLength(text) <= MAX_COMM) return text
  usage.refuse(
    '--comm',
    `must be at most ${MAX_COMM} bytes, since the kernel keeps no more of a name, got "${text}"`,
  )
  return undefined
}
