/**
 * Reads the rings: cgroups and threads first, then events, which may come from another ring than who made them. Events that cannot
 * be given out yet come again with the next look.
 */

import { type CgroupEvents, readBirthOrDeath, readRename } from '../../kernel/cgroups/cgroup-record.ts'
import { traceRecordWords } from '../../kernel/trace-record.ts'
import {
  tracedCallLayout as layout,
  RECORD_THREAD,
  RECORD_THREAD_END,
  RECORD_TRACED_CALL,
  threadEndLayout,
} from '../../native/generated/trace-layout.ts'
import { EventList, endOf } from '../events/event-list.ts'
import { readThread, type ThreadFacts, Threads } from '../events/threads.ts'
import type { JobSet } from '../requests/jobs.ts'

const WORD = 4
const CALL_WORDS = layout.size / WORD

export class Incoming {
  readonly #threads = new Threads()
  readonly #baseHigh: number
  readonly #events = new EventList()
  #waiting = new EventList()

  /** Events end at `endOf` with this base. */
  constructor(baseHigh: number) {
    this.#baseHigh = baseHigh
  }

  /** Reads who there is, and then all events, behind those that wait. The list is filled anew by the next call. */
  read(words: Uint32Array, cgroups: CgroupEvents): EventList {
    this.#readWho(words, cgroups)
    const waiting = this.#waiting
    this.#waiting = new EventList()
    const events = this.#events
    events.reset(waiting.length + Math.ceil(words.length / CALL_WORDS) + 1)
    this.#lookAgain(waiting, events)
    this.#readEvents(words, events)
    return events
  }

  /** Events that wait for the next look. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Has an event of the last look wait for these jobs. `isShared`: other jobs get it now, and may write to its memory. */
  hold(index: number, low: number, high: number, isShared: boolean): void {
    this.#waiting.pushFrom(this.#events, index, low, high, isShared)
  }

  /** Has events that wait do so for these jobs no longer. */
  drop({ low, high }: JobSet): void {
    const waiting = this.#waiting
    for (let i = 0; i < waiting.length; i++) {
      waiting.low[i] = waiting.low[i]! & ~low
      waiting.high[i] = waiting.high[i]! & ~high
    }
  }

  /** Forgets who can be asked for no more; to be called once a look, when all of it has been read. */
  forget(): void {
    this.#threads.forget()
  }

  #readWho(words: Uint32Array, cgroups: CgroupEvents): void {
    for (let at = 0; at < words.length; at += traceRecordWords(words, at)) {
      if (words[at] === RECORD_THREAD) this.#threads.add(readThread(words, at))
      else if (words[at] !== RECORD_TRACED_CALL) readCgroup(words, at, cgroups)
    }
  }

  /** A thread may have changed CPU while the rings were read, so that its call came a look before who it is. */
  #lookAgain(waiting: EventList, events: EventList): void {
    for (let i = 0; i < waiting.length; i++) {
      const [words, at, known] = [waiting.wordsOf(i), waiting.at[i]!, waiting.threadOf(i)]
      const thread = known.version === 0 ? this.#readThread(words, at) : known
      events.push({ words, at, thread, end: waiting.end[i]!, low: waiting.low[i]!, high: waiting.high[i]! })
    }
  }

  #readEvents(words: Uint32Array, events: EventList): void {
    events.borrowBuffer(words)
    for (let at = 0; at < words.length; at += traceRecordWords(words, at)) {
      const type = words[at]
      if (type === RECORD_TRACED_CALL) {
        const thread = this.#threads.find(words[at + layout.tid / WORD]!, words[at + layout.version / WORD]!)
        const [low, high] = [words[at + layout.jobs / WORD]!, words[at + layout.jobs / WORD + 1]!]
        events.add(at, thread, endOf(words, at, this.#baseHigh), low, high)
      } else if (type === RECORD_THREAD_END) {
        events.add(at, this.#readThread(words, at), endOf(words, at, this.#baseHigh), 0, 0)
      }
    }
  }

  /** Whose event it is. Of an end, it is the last of theirs. */
  #readThread(words: Uint32Array, at: number): ThreadFacts {
    const isEnd = words[at] === RECORD_THREAD_END
    const { tid, version } = isEnd ? threadEndLayout : layout
    const thread = this.#threads.find(words[at + tid / WORD]!, words[at + version / WORD]!)
    if (isEnd) this.#threads.end(thread)
    return thread
  }
}

function readCgroup(words: Uint32Array, at: number, cgroups: CgroupEvents): void {
  readBirthOrDeath(words, at, cgroups)
  readRename(words, at, cgroups)
}
