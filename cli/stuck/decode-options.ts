/** Decodes the options of `swoll stuck`. Every mistake is reported, not the first. */

import { MOST_THREADS } from '../../trace/api/in-flight.ts'
import { REQUEST_LIMITS } from '../../trace/requests/limits.ts'
import type { TargetSelection, TraceRequest } from '../../trace/requests/request.ts'
import { needsPlace } from '../../trace/requests/targets.ts'
import { decodeCalls } from '../trace/decode-filters.ts'
import { decodePatterns } from '../trace/decode-lists.ts'
import { decodeTarget } from '../trace/target-options.ts'
import { Usage } from '../trace/usage.ts'
import { STUCK_OUTPUTS, type StuckOutput, type TypedStuck } from './options.ts'

/** Which threads, and how they are shown. */
export interface ShownThreads {
  readonly minMs: number
  /** Whether threads in calls that wait by nature are shown one by one. */
  readonly isEach: boolean
  readonly limit: number
  readonly output: StuckOutput
}

export interface StuckOptions extends ShownThreads {
  readonly request: TraceRequest
  readonly redact: readonly string[]
  readonly kubeconfig: string | undefined
  readonly cri: string | undefined
  readonly node: string | undefined
}

const LIMIT = 1000
const MIN_MS = 1000
const STRING_LIMIT = 256
/** The longest that makes sense to ask for. */
const MIN = { min: '0s', max: '8760h' }

/** Throws USAGE_INVALID with a line per mistake. `operands`: a label selector at most. */
export function decodeStuckOptions(typed: TypedStuck, operands: readonly string[]): StuckOptions {
  const usage = new Usage()
  const given = decodeTarget(typed, operands, undefined, usage)
  const isBare = given.kind === 'containers' && !needsPlace(given)
  const targets: TargetSelection = isBare && !given.withOptedOut ? { kind: 'all' } : given
  const options: StuckOptions = {
    request: {
      calls: decodeCalls(typed.syscalls, usage) ?? [],
      targets,
      filter: { minNs: 0, sample: 1 },
      limits: {
        stringBytes:
          usage.integer('--string-limit', typed.stringLimit, REQUEST_LIMITS.stringBytes) ?? STRING_LIMIT,
        payloadBytes: 0,
        descriptors: typed.decodeFds ?? true,
        environments: false,
      },
    },
    ...decodeShownThreads(typed, usage),
    // Who asks about a process wants to know where its threads are.
    ...(targets.kind === 'processes' && { isEach: true }),
    redact: decodePatterns(typed.redact ?? [], usage),
    kubeconfig: usage.text('--kubeconfig', typed.kubeconfig),
    cri: usage.text('--cri', typed.cri),
    node: usage.text('--node', typed.node),
  }
  usage.check()
  return options
}

export function decodeShownThreads(
  typed: Pick<TypedStuck, 'min' | 'all' | 'limit' | 'output'>,
  usage: Usage,
): ShownThreads {
  return {
    minMs: usage.duration('--min', typed.min, MIN) ?? MIN_MS,
    isEach: typed.all ?? false,
    limit: usage.integer('--limit', typed.limit, { min: 1, max: MOST_THREADS }) ?? LIMIT,
    output: usage.oneOf('--output', typed.output ?? 'table', STUCK_OUTPUTS) ?? 'table',
  }
}
