/** Calls and ends of threads, in the order in which they ended: what a session gives out. */
import {
  RECORD_THREAD_END,
  RECORD_TRACED_CALL,
  threadEndLayout,
  tracedCallLayout,
} from '../../../native/generated/trace-layout.ts'
import type { Resource } from '../../../pipeline/data/metrics.ts'
import { TracedCall } from '../decode/traced-call.ts'
import { headedRecordWords } from '../kernel/trace-record.ts'
import type { Abi } from '../tables/syscalls.ts'
import type { JobSet } from './jobs.ts'
import type { LossReason } from './losses.ts'
import type { ThreadFacts } from './threads.ts'

/** A thread that is gone. */
export interface ThreadEnd {
  readonly tid: number
  readonly tgid: number
  /** CLOCK_MONOTONIC. */
  readonly timeNs: bigint
  readonly processStartNs: bigint
  /** As wait(2) has it: status << 8 | signal. Of the process. */
  readonly status: number
  /** No thread of the process is left. */
  readonly isProcess: boolean
}

/** Events that are missing, as of this batch. */
export interface Gap {
  /** Each of these lost them, bit by bit. */
  readonly jobs: bigint
  readonly resource: Resource | undefined
  readonly reason: LossReason
  readonly events: number
}

/** Of a gap, what is shown of it. */
export type Loss = Omit<Gap, 'jobs'>

/** What is done with each event. The call and the set of jobs are valid only until it returns. */
export interface EventVisitor {
  call(call: TracedCall, thread: ThreadFacts, jobs: JobSet): void
  end?(end: ThreadEnd, thread: ThreadFacts): void
}

/** Raw events, as columns: where each record lies, whose it is, who wants it, and when it ended. */
export class EventList {
  readonly words: Uint32Array[] = []
  readonly threads: ThreadFacts[] = []
  at: Uint32Array
  low: Int32Array
  high: Int32Array
  /** As `endOf` gives it. */
  end: Float64Array

  constructor(capacity = 64) {
    this.at = new Uint32Array(capacity)
    this.low = new Int32Array(capacity)
    this.high = new Int32Array(capacity)
    this.end = new Float64Array(capacity)
  }

  get length(): number {
    return this.threads.length
  }

  /** Adds the event whose record begins at index `at` of `words`; its jobs are set with `want`. */
  push(words: Uint32Array, at: number, thread: ThreadFacts, end: number): void {
    const index = this.threads.length
    if (index === this.at.length) this.#grow(2 * index)
    this.words.push(words)
    this.threads.push(thread)
    this.at[index] = at
    this.end[index] = end
  }

  /** The last event is wanted by these jobs. */
  want(low: number, high: number): void {
    const index = this.threads.length - 1
    this.low[index] = low
    this.high[index] = high
  }

  #grow(capacity: number): void {
    this.at = grown(this.at, new Uint32Array(capacity))
    this.low = grown(this.low, new Int32Array(capacity))
    this.high = grown(this.high, new Int32Array(capacity))
    this.end = grown(this.end, new Float64Array(capacity))
  }
}

function grown<T extends Uint32Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}

export class EventBatch {
  readonly #events: EventList
  readonly gaps: readonly Gap[]
  /** To be added to a time of CLOCK_MONOTONIC for Unix time, ns. */
  readonly unixOffsetNs: bigint

  constructor(events: EventList, gaps: readonly Gap[], unixOffsetNs: bigint) {
    this.#events = events
    this.gaps = gaps
    this.unixOffsetNs = unixOffsetNs
  }

  /** Calls and ends of threads. */
  get length(): number {
    return this.#events.length
  }

  /** Visits all, in order. `abis`: those of the machine that made the events (`abisOf`). */
  visit(abis: readonly (Abi | undefined)[], visitor: EventVisitor): void {
    const { words, at, threads, low, high, length } = this.#events
    const call = new TracedCall(abis)
    const jobs = { low: 0, high: 0 }
    for (let i = 0; i < length; i++) {
      const [record, start] = [words[i]!, at[i]!]
      if (record[start] === RECORD_TRACED_CALL) {
        jobs.low = low[i]!
        jobs.high = high[i]!
        visitor.call(call.moveTo(record, start), threads[i]!, jobs)
      } else if (record[start] === RECORD_THREAD_END) visitor.end?.(readEnd(record, start), threads[i]!)
    }
  }

  /** The records as they came from the kernel, in the same order, for what keeps them. */
  *records(): Generator<{
    readonly words: Uint32Array
    readonly thread: ThreadFacts
    readonly jobs: JobSet
  }> {
    const { words, at, threads, low, high, length } = this.#events
    for (let i = 0; i < length; i++) {
      const [record, start] = [words[i]!, at[i]!]
      const end = start + headedRecordWords(record, start)
      yield {
        words: record.subarray(start, end),
        thread: threads[i]!,
        jobs: { low: low[i]!, high: high[i]! },
      }
    }
  }
}

function readEnd(words: Uint32Array, at: number): ThreadEnd {
  const word = (offset: number): number => words[at + offset / 4]!
  const long = (offset: number): bigint => (BigInt(word(offset + 4)) << 32n) | BigInt(word(offset))
  return {
    tid: word(threadEndLayout.tid),
    tgid: word(threadEndLayout.tgid),
    timeNs: long(threadEndLayout.timeNs),
    processStartNs: long(threadEndLayout.processStartNs),
    status: word(threadEndLayout.status),
    isProcess: word(threadEndLayout.isProcess) !== 0,
  }
}

/** When an event ended, as CLOCK_MONOTONIC ns above `baseHigh` × 2^32: exact for 104 days from there. */
export function endOf(words: Uint32Array, at: number, baseHigh: number): number {
  const offset = words[at] === RECORD_TRACED_CALL ? tracedCallLayout.endNs : threadEndLayout.timeNs
  return (words[at + offset / 4 + 1]! - baseHigh) * 2 ** 32 + words[at + offset / 4]!
}
