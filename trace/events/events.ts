/** Calls and ends of threads, in the order in which they ended: what a session gives out. */

import { headedRecordWords } from '../../kernel/trace-record.ts'
import {
  RECORD_THREAD_END,
  RECORD_TRACED_CALL,
  threadEndLayout,
} from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { joinWords } from '../../pipeline/data/u64.ts'
import { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { JobSet } from '../requests/jobs.ts'
import type { LossReason } from '../session/losses.ts'
import type { EventList } from './event-list.ts'
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
interface EventVisitor {
  call(call: TracedCall, thread: ThreadFacts, jobs: JobSet): void
  end?(end: ThreadEnd, thread: ThreadFacts): void
}

export class EventBatch {
  readonly #events: EventList
  /** Which of them, in order. */
  readonly #chosen: Uint32Array
  readonly gaps: readonly Gap[]
  /** To be added to a time of CLOCK_MONOTONIC for Unix time, ns. */
  readonly unixOffsetNs: bigint

  /** `chosen`: indexes of events, in the order in which they ended. */
  constructor(events: EventList, chosen: Uint32Array, gaps: readonly Gap[], unixOffsetNs: bigint) {
    this.#events = events
    this.#chosen = chosen
    this.gaps = gaps
    this.unixOffsetNs = unixOffsetNs
  }

  /** Of all events, which are in order. */
  static ofAll(events: EventList, gaps: readonly Gap[], unixOffsetNs: bigint): EventBatch {
    const all = Uint32Array.from({ length: events.length }, (_, i) => i)
    return new EventBatch(events, all, gaps, unixOffsetNs)
  }

  /** Calls and ends of threads. */
  get length(): number {
    return this.#chosen.length
  }

  /** Visits all, in order. `abis`: those of the machine that made the events (`abisOf`). */
  visit(abis: readonly (Abi | undefined)[], visitor: EventVisitor): void {
    const events = this.#events
    const chosen = this.#chosen
    const call = new TracedCall(abis)
    const jobs = { low: 0, high: 0 }
    for (let n = 0; n < chosen.length; n++) {
      const i = chosen[n]!
      const [words, at, thread] = [events.wordsOf(i), events.at[i]!, events.threadOf(i)]
      if (words[at] === RECORD_TRACED_CALL) {
        jobs.low = events.low[i]!
        jobs.high = events.high[i]!
        visitor.call(call.moveTo(words, at), thread, jobs)
      } else if (words[at] === RECORD_THREAD_END) visitor.end?.(readEnd(words, at), thread)
    }
  }

  /** The records as they came from the kernel, in the same order, for what keeps them. */
  *records(): Generator<{
    readonly words: Uint32Array
    readonly thread: ThreadFacts
    readonly jobs: JobSet
  }> {
    const events = this.#events
    for (const i of this.#chosen) {
      const [words, at] = [events.wordsOf(i), events.at[i]!]
      yield {
        words: words.subarray(at, at + headedRecordWords(words, at)),
        thread: events.threadOf(i),
        jobs: { low: events.low[i]!, high: events.high[i]! },
      }
    }
  }
}

function readEnd(words: Uint32Array, at: number): ThreadEnd {
  const word = (offset: number): number => words[at + offset / 4]!
  const long = (offset: number): bigint => joinWords(word(offset), word(offset + 4))
  return {
    tid: word(threadEndLayout.tid),
    tgid: word(threadEndLayout.tgid),
    timeNs: long(threadEndLayout.timeNs),
    processStartNs: long(threadEndLayout.processStartNs),
    status: word(threadEndLayout.status),
    isProcess: word(threadEndLayout.isProcess) !== 0,
  }
}
