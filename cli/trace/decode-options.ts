/** Decodes the options of `swoll trace` and `swoll replay`. Every mistake is reported, not the first. */

import type { Display } from '../../trace/formats/format.ts'
import type { Output } from '../../trace/formats/outputs.ts'
import { REQUEST_LIMITS } from '../../trace/requests/limits.ts'
import type { CallFilter, TargetSelection, TraceRequest } from '../../trace/requests/request.ts'
import { needsPlace } from '../../trace/requests/targets.ts'
import { decodeDisplay, decodeOutput } from './decode-display.ts'
import { decodeCalls, decodeFilter } from './decode-filters.ts'
import { decodePatterns } from './decode-lists.ts'
import { type TypedOptions, type TypedReplay, WHEN_DONE, type WhenDone } from './options.ts'
import { decodeTarget } from './target-options.ts'
import { Usage } from './usage.ts'

/** Whose calls of which kind, and what becomes of them. */
export interface ReplayOptions {
  readonly request: Pick<TraceRequest, 'calls' | 'filter'> & {
    /** Undefined: of all that are in the recording. */
    readonly targets: TargetSelection | undefined
  }
  readonly redact: readonly string[]
  readonly count: number | undefined
  readonly output: Output
  readonly display: Display
  /** Undefined: standard output. */
  readonly file: string | undefined
}

export interface TraceOptions extends Omit<ReplayOptions, 'request' | 'output'> {
  readonly request: TraceRequest
  /** The command to start, and its arguments; none: nothing is started, and the processes of `request` are given. */
  readonly command: readonly string[]
  readonly durationMs: number | undefined
  readonly whenDone: WhenDone
  /** Undefined: prints nothing. */
  readonly output: Output | undefined
  readonly record: string | undefined
  readonly kubeconfig: string | undefined
  readonly cri: string | undefined
  readonly node: string | undefined
}

/** Programs that start are what a pod or host is about; all they do would be a flood. */
const STARTS = ['execve', 'execveat']
const STRING_LIMIT = 256
/** strace's own (`-s`). */
const STRACE_LIMIT = 32

/** Throws USAGE_INVALID with a line per mistake. `operands`: what is no option; `command`: what is behind `--`, undefined without. */
export function decodeOptions(
  typed: TypedOptions,
  operands: readonly string[],
  command: readonly string[] | undefined,
): TraceOptions {
  const usage = new Usage()
  const output =
    typed.output === undefined && typed.record !== undefined ? undefined : decodeOutput(typed, usage)
  const targets = decodeTarget(typed, operands, command, usage)
  const filter = decodeFilter(typed, usage)
  const isAboutAll = targets.kind === 'processes' || isSelective(filter) || output === 'summary'
  const options: TraceOptions = {
    request: {
      calls: decodeCalls(typed.syscalls, usage) ?? (isAboutAll ? [] : STARTS),
      targets,
      filter,
      limits: decodeLimits(typed, { output, hasCommand: command !== undefined, filter }, usage),
      ...(command === undefined && typed.inFlight !== false && isChosen(targets) && { inFlight: true }),
    },
    command: command ?? [],
    ...decodeShared(typed, output, usage),
    durationMs: usage.duration('--duration', typed.duration),
    whenDone: usage.oneOf('--when-done', typed.whenDone ?? 'wait', WHEN_DONE) ?? 'wait',
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

/** Decodes the options of `swoll replay`. Throws USAGE_INVALID. */
export function decodeReplayOptions(typed: TypedReplay): ReplayOptions {
  const usage = new Usage()
  const output = decodeOutput(typed, usage)
  const targets = decodeTarget(typed, [], undefined, usage)
  const isOfAll = targets.kind === 'containers' && !hasContainerOptions(typed)
  const options: ReplayOptions = {
    request: {
      calls: decodeCalls(typed.syscalls, usage) ?? [],
      targets: isOfAll ? undefined : targets,
      filter: decodeFilter(typed, usage),
    },
    ...decodeShared(typed, output, usage),
    output,
  }
  usage.check()
  return options
}

function hasContainerOptions(typed: TypedReplay): boolean {
  const { labelSelector, fieldSelector, namespace, pod, container } = typed
  return [labelSelector, fieldSelector, namespace, pod, container].some(given => given !== undefined)
}

function decodeShared(typed: TypedReplay, output: Output | undefined, usage: Usage) {
  return {
    redact: decodePatterns(typed.redact ?? [], usage),
    count: usage.integer('--count', typed.count, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    output,
    display: decodeDisplay(typed, output, usage),
    file: usage.text('--file', typed.file),
  }
}

/** Whether it is about somebody: of all containers, or of all the host, most threads wait in some call. */
function isChosen(targets: TargetSelection): boolean {
  return targets.kind === 'containers' ? needsPlace(targets) : !['all', 'host'].includes(targets.kind)
}

/** Whether it asks for few calls of many: then all kinds of calls are meant. */
function isSelective({ errors, isSuccessful, paths, minNs }: CallFilter): boolean {
  return errors !== undefined || isSuccessful === true || paths !== undefined || minNs > 0
}

interface LimitContext {
  readonly output: Output | undefined
  readonly hasCommand: boolean
  readonly filter: CallFilter
}

function decodeLimits(
  typed: TypedOptions,
  { output, hasCommand, filter }: LimitContext,
  usage: Usage,
): TraceRequest['limits'] {
  const { stringBytes, payloadBytes, callsPerSecond } = REQUEST_LIMITS
  const rate = usage.integer('--rate-limit', typed.rateLimit, callsPerSecond)
  if (typed.decodeFds === false && filter.paths !== undefined)
    usage.refuse('--no-decode-fds', 'must not be given together with --path, which looks at descriptors')
  return {
    stringBytes:
      usage.integer('--string-limit', typed.stringLimit, stringBytes) ??
      (output === 'strace' ? STRACE_LIMIT : STRING_LIMIT),
    payloadBytes: usage.integer('--payload', typed.payload, payloadBytes) ?? (hasCommand ? STRACE_LIMIT : 0),
    descriptors:
      filter.paths !== undefined || (typed.decodeFds ?? (output !== 'strace' && output !== 'summary')),
    environments: typed.environment ?? false,
    ...(rate !== undefined && rate > 0 && { callsPerSecond: rate }),
  }
}
