/** Threads whose calls were given out: only their ends are of interest. The kernel side also knows threads that it was unsure of. */
import { threadEndLayout as layout } from '../../native/generated/trace-layout.ts'
import type { ThreadFacts } from '../events/threads.ts'

export class Told {
  readonly #threads = new Set<number>()
  /** Ids of processes. */
  readonly #processes = new Set<number>()

  /** The last one that was added: most calls are made by who made the one before. */
  #recent: ThreadFacts | undefined

  add(thread: ThreadFacts): void {
    if (thread === this.#recent) return
    this.#recent = thread
    this.#threads.add(thread.tid)
    this.#processes.add(thread.tgid)
  }

  /** Whether the RECORD_THREAD_END at index `at` of `words` is of such a thread, or of the last one of its process. Forgets it. */
  end(words: Uint32Array, at: number): boolean {
    this.#recent = undefined
    const isProcess = words[at + layout.isProcess / 4] !== 0
    const isKnown = this.#threads.delete(words[at + layout.tid / 4]!)
    return (isProcess && this.#processes.delete(words[at + layout.tgid / 4]!)) || isKnown
  }
}
