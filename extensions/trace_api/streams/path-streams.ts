/** Streams of all jobs by path: one for all who read the same, kept for a while so that they can come back. */
import type { Cancel, Clock } from '../../../pipeline/clock.ts'
import type { EventStream, JobTable, StreamPath, StreamReader } from '../../../trace/jobs/job.ts'

interface Kept {
  readonly stream: EventStream
  /** While it is open, the stream is filled. */
  readonly holder: StreamReader
  clients: number
  forget: Cancel
}

/** Clients come back within this time, if they do. */
const KEPT_MS = 30_000
/** Streams that nobody reads now. */
const MAX_UNREAD = 16

export class PathStreams {
  readonly #table: Pick<JobTable, 'streamOf'>
  readonly #clock: Pick<Clock, 'after'>
  readonly #kept = new Map<string, Kept>()

  constructor(table: Pick<JobTable, 'streamOf'>, clock: Pick<Clock, 'after'>) {
    this.#table = table
    this.#clock = clock
  }

  /** Its client must call `leave` once. */
  enter(path: StreamPath): { readonly stream: EventStream; leave(): void } {
    const key = JSON.stringify([path.namespace, path.pod, path.container])
    const kept = this.#kept.get(key) ?? this.#open(key, path)
    kept.clients++
    kept.forget()
    const leave = () => {
      if (--kept.clients > 0 || this.#kept.get(key) !== kept) return
      kept.forget = this.#clock.after(KEPT_MS, () => this.#close(key, kept))
      const unread = [...this.#kept].filter(([, { clients }]) => clients === 0)
      for (const [oldest, of] of unread.slice(0, Math.max(0, unread.length - MAX_UNREAD)))
        this.#close(oldest, of)
    }
    return { stream: kept.stream, leave }
  }

  close(): void {
    for (const [key, kept] of this.#kept) this.#close(key, kept)
  }

  #open(key: string, path: StreamPath): Kept {
    const stream = this.#table.streamOf(path, () => true)
    const kept: Kept = { stream, holder: stream.open(), clients: 0, forget: () => {} }
    this.#kept.set(key, kept)
    return kept
  }

  #close(key: string, kept: Kept): void {
    kept.forget()
    kept.holder.close()
    this.#kept.delete(key)
  }
}
