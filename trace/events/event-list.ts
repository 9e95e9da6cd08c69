/** Raw events, as columns: millions of them a second leave no objects behind. */
import { headedRecordWords } from '../../kernel/trace-record.ts'
import {
  RECORD_THREAD_END,
  RECORD_TRACED_CALL,
  threadEndLayout,
  tracedCallLayout,
} from '../../native/generated/trace-layout.ts'
import { Dictionary } from '../../pipeline/data/dictionary.ts'
import { TWO_TO_32 } from '../../pipeline/data/u64.ts'
import type { ThreadFacts } from './threads.ts'

/** A record of the kernel side, with who made it and when it ended. */
interface RawEvent {
  readonly words: Uint32Array
  /** Where the record begins in `words`. */
  readonly at: number
  readonly thread: ThreadFacts
  /** The time as `endOf` returns it. */
  readonly end: number
  /** Bits of the jobs that may want it. */
  readonly low: number
  readonly high: number
}

/** An emptied list keeps room for so many, however few are to come. */
const KEPT = 10_000

export class EventList {
  /** The pieces of memory that the column `buffer` has indexes of. */
  readonly buffers: Uint32Array[] = []
  length = 0
  at!: Uint32Array
  buffer!: Uint32Array
  thread!: Uint32Array
  low!: Int32Array
  high!: Int32Array
  end!: Float64Array
  readonly #threads = new Dictionary<ThreadFacts>()
  /** Index of the buffer that is used again once the list has been looked at; -1: there is none. */
  #borrowed = -1

  constructor(capacity = 64) {
    this.#allocate(capacity)
  }

  /** Empties it, for about so many. What was in it is no longer valid. */
  reset(expected: number): void {
    this.buffers.length = 0
    this.length = 0
    this.#borrowed = -1
    this.#threads.clear()
    const capacity = this.at.length
    if (capacity < expected || capacity > Math.max(KEPT, 4 * expected))
      this.#allocate(Math.ceil(1.25 * expected))
  }

  push({ words, at, thread, end, low, high }: RawEvent): void {
    if (this.buffers.at(-1) !== words) this.beginBuffer(words)
    this.add(at, thread, end, low, high)
  }

  /** Records that are added from now on lie in `words`. */
  beginBuffer(words: Uint32Array): void {
    this.buffers.push(words)
  }

  /** Begins a buffer as `beginBuffer` does, in memory that is used again later. */
  borrowBuffer(words: Uint32Array): void {
    this.beginBuffer(words)
    this.#borrowed = this.buffers.length - 1
  }

  /** Adds an event of the last buffer. Apart from `push`, since an object for each event would cost more than all the rest. */
  add(at: number, thread: ThreadFacts, end: number, low: number, high: number): void {
    const index = this.length++
    if (index === this.at.length) this.#grow(2 * index)
    this.at[index] = at
    this.buffer[index] = this.buffers.length - 1
    this.thread[index] = this.#threads.code(thread)
    this.end[index] = end
    this.low[index] = low
    this.high[index] = high
  }

  /** The threads that the column `thread` has indexes of: each once. */
  get threads(): readonly ThreadFacts[] {
    return this.#threads.keys
  }

  wordsOf(index: number): Uint32Array {
    return this.buffers[this.buffer[index]!]!
  }

  threadOf(index: number): ThreadFacts {
    return this.#threads.keys[this.thread[index]!]!
  }

  /** Adds an event of another list, for these jobs. Its record is copied if its memory is used again, or `isShared`. */
  pushFrom(other: EventList, index: number, low: number, high: number, isShared: boolean): void {
    const [all, at] = [other.wordsOf(index), other.at[index]!]
    const isCopied = isShared || other.buffer[index] === other.#borrowed
    const words = isCopied ? all.slice(at, at + headedRecordWords(all, at)) : all
    const [thread, end] = [other.threadOf(index), other.end[index]!]
    this.push({ words, at: isCopied ? 0 : at, thread, end, low, high })
  }

  /** Whether it is the end of a thread, and not a call. */
  isEnd(index: number): boolean {
    return this.wordsOf(index)[this.at[index]!] === RECORD_THREAD_END
  }

  #allocate(capacity: number): void {
    this.at = new Uint32Array(capacity)
    this.buffer = new Uint32Array(capacity)
    this.thread = new Uint32Array(capacity)
    this.low = new Int32Array(capacity)
    this.high = new Int32Array(capacity)
    this.end = new Float64Array(capacity)
  }

  #grow(capacity: number): void {
    const { at, buffer, thread, low, high, end } = this
    this.#allocate(capacity)
    this.at.set(at)
    this.buffer.set(buffer)
    this.thread.set(thread)
    this.low.set(low)
    this.high.set(high)
    this.end.set(end)
  }
}

/** When an event ended, as CLOCK_MONOTONIC ns above `baseHigh` × 2^32: exact for 104 days from there. */
export function endOf(words: Uint32Array, at: number, baseHigh: number): number {
  const offset = words[at] === RECORD_TRACED_CALL ? tracedCallLayout.endNs : threadEndLayout.timeNs
  return (words[at + offset / 4 + 1]! - baseHigh) * TWO_TO_32 + words[at + offset / 4]!
}
