/** Calls and ends of threads, in the order in which they ended: what a subscription gives out, and what a recording holds. */

import { headedRecordWords } from '../../kernel/trace-record.ts'
import {
  RECORD_THREAD_END,
  RECORD_TRACED_CALL,
  type TRACE_REASONS,
  threadEndLayout,
} from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { joinWords } from '../../pipeline/data/u64.ts'
import { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventList } from './event-list.ts'
import type { ThreadFacts } from './threads.ts'

/** A thread that is gone. */
export interface ThreadEnd {
  readonly tid: number
  readonly tgid: number
  /** CLOCK_MONOTONIC. */
  readonly timeNs: bigint
  readonly processStartNs: bigint
  /** The status of the process as wait(2) has it: status << 8 | signal. */
  readonly status: number
  /** No thread of the process is left. */
  readonly isProcess: boolean
}

/** Why events are missing. */
export type LossReason = (typeof TRACE_REASONS)[number]['name']

/** Events that are missing, as of this batch. */
export interface Gap {
  readonly resource: Resource | undefined
  readonly reason: LossReason
  readonly events: number
}

/** Calls that are missing, whoever tells of them. */
export interface ShownGap extends Pick<Gap, 'events' | 'resource'> {
  readonly reason: string
}

/** Is told of each event. The call is valid only until the function returns. */
interface EventVisitor {
  call(call: TracedCall, thread: ThreadFacts): void
  /** A call that a thread was found in; its end, if it is told, is another event. */
  inFlight?(call: TracedCall, thread: ThreadFacts): void
  end?(end: ThreadEnd, thread: ThreadFacts): void
}

/** How large a piece of a batch is at most; one event may be larger. */
export interface PieceLimits {
  readonly events: number
  /** Of records. */
  readonly bytes: number
}

export class EventBatch {
  readonly events: EventList
  /** Which of them, in order. */
  readonly chosen: Uint32Array
  readonly gaps: readonly Gap[]
  /** The offset from CLOCK_MONOTONIC to Unix time, ns. */
  readonly unixOffsetNs: bigint

  /** `chosen`: indexes of events, in the order in which they ended. */
  constructor(events: EventList, chosen: Uint32Array, gaps: readonly Gap[], unixOffsetNs: bigint) {
    this.events = events
    this.chosen = chosen
    this.gaps = gaps
    this.unixOffsetNs = unixOffsetNs
  }

  /** Returns a batch of all events of a list that is in order. */
  static ofAll(events: EventList, gaps: readonly Gap[], unixOffsetNs: bigint): EventBatch {
    const all = Uint32Array.from({ length: events.length }, (_, i) => i)
    return new EventBatch(events, all, gaps, unixOffsetNs)
  }

  /** Calls and ends of threads. */
  get length(): number {
    return this.chosen.length
  }

  /** Calls alone. */
  get calls(): number {
    return this.chosen.reduce((calls, i) => calls + Number(!this.events.isEnd(i)), 0)
  }

  /** A batch of the first so many events, with all gaps. */
  first(events: number): EventBatch {
    if (events >= this.length) return this
    return new EventBatch(this.events, this.chosen.subarray(0, events), this.gaps, this.unixOffsetNs)
  }

  /** The same events, with these gaps as well. */
  withGaps(gaps: readonly Gap[]): EventBatch {
    if (gaps.length === 0) return this
    return new EventBatch(this.events, this.chosen, [...this.gaps, ...gaps], this.unixOffsetNs)
  }

  /** In two: the first piece, with all gaps, and what comes behind it; undefined if nothing does. */
  split(limits: PieceLimits): readonly [first: EventBatch, rest: EventBatch | undefined] {
    const { events, chosen, unixOffsetNs } = this
    const most = Math.min(limits.events, chosen.length)
    let count = 0
    for (let words = 0; count < most && words * 4 < limits.bytes; count++)
      words += headedRecordWords(events.wordsOf(chosen[count]!), events.at[chosen[count]!]!)
    if (count === chosen.length) return [this, undefined]
    return [this.first(count), new EventBatch(events, chosen.subarray(count), [], unixOffsetNs)]
  }

  /** Visits all, in order. `abis`: those of the machine that made the events (`abisOf`). */
  visit(abis: readonly (Abi | undefined)[], visitor: EventVisitor): void {
    const { events, chosen } = this
    const call = new TracedCall(abis)
    for (let n = 0; n < chosen.length; n++) {
      const i = chosen[n]!
      const [words, at, thread] = [events.wordsOf(i), events.at[i]!, events.threadOf(i)]
      if (words[at] === RECORD_TRACED_CALL) {
        if (call.moveTo(words, at).isInFlight) visitor.inFlight?.(call, thread)
        else visitor.call(call, thread)
      } else if (words[at] === RECORD_THREAD_END) visitor.end?.(readEnd(words, at), thread)
    }
  }

  /** A batch of those events alone that pass. `passes` is asked once about each, in order; of the end of a thread there is no call. */
  filter(
    abis: readonly (Abi | undefined)[],
    passes: (thread: ThreadFacts, call: TracedCall | undefined) => boolean,
  ): EventBatch {
    const { events } = this
    const call = new TracedCall(abis)
    const chosen = this.chosen.filter(i =>
      passes(events.threadOf(i), events.isEnd(i) ? undefined : call.moveTo(events.wordsOf(i), events.at[i]!)),
    )
    return new EventBatch(events, chosen, this.gaps, this.unixOffsetNs)
  }

  /** The records as they came from the kernel, in the same order, for what keeps them. */
  *records(): Generator<{ readonly words: Uint32Array; readonly thread: ThreadFacts }> {
    const { events } = this
    for (const i of this.chosen) {
      const [words, at] = [events.wordsOf(i), events.at[i]!]
      yield { words: words.subarray(at, at + headedRecordWords(words, at)), thread: events.threadOf(i) }
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
