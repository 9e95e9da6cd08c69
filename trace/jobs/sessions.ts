/** The tracing sessions that jobs use: jobs that want equal copies share one, and none is there while nobody traces. */
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { TraceLimits } from '../requests/request.ts'
import type { TraceSession } from '../session/session.ts'
import { JobError } from './errors.ts'

/** What is copied of calls, and so how much the kernel side does for each. */
export type Copies = Omit<TraceLimits, 'callsPerSecond'>

interface Used {
  readonly lease: Promise<Lease<TraceSession>>
  users: number
  cancelClose: Cancel
}

interface SessionsOptions {
  readonly clock: Clock
  lease(copies: Copies): Promise<Lease<TraceSession>>
}

/** Each has programs of its own at every system call. */
const MAX_SESSIONS = 4
/** A job that comes soon after the last one does not wait for programs to be loaded. */
const IDLE_MS = 60_000
const CLOSE_MS = 10_000

export class Sessions {
  readonly #options: SessionsOptions
  readonly #used = new Map<string, Used>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** A share, and the function that gives it up. Rejects with TRACE_JOB_LIMIT, and with what opening a session rejects with. */
  async acquire(copies: Copies): Promise<{ readonly session: TraceSession; release(): void }> {
    const key = JSON.stringify([
      copies.stringBytes,
      copies.payloadBytes,
      copies.descriptors,
      copies.environments,
    ])
    if (!this.#used.has(key) && this.#used.size >= MAX_SESSIONS) await this.#closeUnused()
    // From here to where it is counted nobody else runs: what is not used may be closed.
    const used = this.#used.get(key) ?? this.#open(key, copies)
    used.cancelClose()
    used.users++
    let isReleased = false
    const release = () => {
      if (!isReleased) this.#release(key, used)
      isReleased = true
    }
    try {
      return { session: (await used.lease).value, release }
    } catch (error) {
      if (this.#used.get(key) === used) this.#used.delete(key)
      throw error
    }
  }

  async close(abort: AbortSignal): Promise<void> {
    const all = [...this.#used.values()]
    this.#used.clear()
    for (const { cancelClose } of all) cancelClose()
    await Promise.all(all.map(async ({ lease }) => (await lease).release(abort)))
  }

  #open(key: string, copies: Copies): Used {
    if (this.#used.size >= MAX_SESSIONS)
      throw new JobError(
        'TRACE_JOB_LIMIT',
        `jobs: must not want more than ${MAX_SESSIONS} different sets of limits at once; take stringLimit, payloadLimit and environment of a job that runs`,
      )
    const lease = this.#options.lease(copies)
    lease.catch(() => {}) // told to those who wait for it
    const used: Used = { lease, users: 0, cancelClose: () => {} }
    this.#used.set(key, used)
    return used
  }

  #release(key: string, used: Used): void {
    if (--used.users > 0 || this.#used.get(key) !== used) return
    used.cancelClose = this.#options.clock.after(IDLE_MS, () => void this.#close(key, used))
  }

  async #closeUnused(): Promise<void> {
    for (const [key, used] of [...this.#used]) if (used.users === 0) await this.#close(key, used)
  }

  async #close(key: string, used: Used): Promise<void> {
    used.cancelClose()
    this.#used.delete(key)
    using deadline = startDeadline(CLOSE_MS, this.#options.clock)
    await (await used.lease).release(deadline.signal).catch(() => {}) // closed as far as it can be
  }
}
