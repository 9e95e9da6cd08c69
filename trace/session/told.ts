/** Threads whose calls were given out, and to which jobs: only to these their ends are given. The kernel side also tells of threads that it was unsure of. */
import { threadEndLayout as layout } from '../../native/generated/trace-layout.ts'
import type { ThreadFacts } from '../events/threads.ts'
import { hasAny, type JobSet, NO_JOBS } from '../requests/jobs.ts'

type JobsById = Map<number, { low: number; high: number }>

export class Told {
  readonly #threads: JobsById = new Map()
  /** By the ids of processes. */
  readonly #processes: JobsById = new Map()
  /** The last thread that was added, with its jobs: most calls are made by who made the one before. */
  #recent: ThreadFacts | undefined
  #recentLow = 0
  #recentHigh = 0

  /** The jobs were given a call of the thread. */
  add(thread: ThreadFacts, low: number, high: number): void {
    if (thread === this.#recent && !((low & ~this.#recentLow) | (high & ~this.#recentHigh))) return
    if (thread !== this.#recent) this.#recentLow = this.#recentHigh = 0
    this.#recent = thread
    this.#recentLow |= low
    this.#recentHigh |= high
    addTo(this.#threads, thread.tid, low, high)
    addTo(this.#processes, thread.tgid, low, high)
  }

  /**
   * The jobs, of those in `asked`, that were given calls of the thread of the RECORD_THREAD_END at index `at` of `words`, or, if it is the last
   * of its process, of any thread of that. Forgets them.
   */
  end(words: Uint32Array, at: number, asked: JobSet): JobSet {
    this.#recent = undefined
    const ofThread = takeFrom(this.#threads, words[at + layout.tid / 4]!, asked)
    if (words[at + layout.isProcess / 4] === 0) return ofThread
    const { low, high } = takeFrom(this.#processes, words[at + layout.tgid / 4]!, asked)
    return { low: ofThread.low | low, high: ofThread.high | high }
  }

  /** The jobs have ended, and their numbers will be those of others. */
  forget(jobs: JobSet): void {
    this.#recent = undefined
    for (const byId of [this.#threads, this.#processes])
      for (const id of byId.keys()) takeFrom(byId, id, jobs)
  }
}

function addTo(byId: JobsById, id: number, low: number, high: number): void {
  const known = byId.get(id)
  if (known === undefined) byId.set(id, { low, high })
  else {
    known.low |= low
    known.high |= high
  }
}

function takeFrom(byId: JobsById, id: number, asked: JobSet): JobSet {
  const known = byId.get(id)
  if (known === undefined) return NO_JOBS
  const taken = { low: known.low & asked.low, high: known.high & asked.high }
  known.low &= ~asked.low
  known.high &= ~asked.high
  if (!hasAny(known)) byId.delete(id)
  return taken
}
