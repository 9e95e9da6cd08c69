/** Looks at what has happened, for all jobs that run at once, as long as any does. */
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import type { EventBatch } from '../events/events.ts'
import type { RunningJob } from './running-job.ts'

interface LooksOptions {
  readonly clock: Clock
  /** Is told of looks while there are any. */
  readonly expectBeats: Host['expectBeats']
  look(): void
}

/** Events are looked for this often. */
const LOOK_MS = 50
/** No look for this long means that there are no more. */
const MAX_SILENCE_MS = 30_000

export class Looks {
  readonly #options: LooksOptions
  #stop: Cancel | undefined

  constructor(options: LooksOptions) {
    this.#options = options
  }

  begin(): void {
    if (this.#stop !== undefined) return
    const { clock, expectBeats, look } = this.#options
    const looked = expectBeats({
      name: 'looks at the calls of trace jobs',
      for: 'live',
      maxSilenceMs: MAX_SILENCE_MS,
    })
    const stop = clock.every(LOOK_MS, () => {
      look()
      looked.beat()
    })
    this.#stop = () => {
      stop()
      looked.stop()
    }
  }

  end(): void {
    this.#stop?.()
    this.#stop = undefined
  }
}

/** Gives each job its calls, by one look for all jobs of a session. Returns what went wrong, with which job. */
export function publishAll(running: readonly RunningJob[]): Map<RunningJob, Error> {
  const faults = new Map<RunningJob, Error>()
  for (const session of new Set(running.map(job => job.work!.session))) {
    const jobs = running.filter(job => job.work!.session === session)
    try {
      const batches = session.takeEach(jobs.map(job => job.work!.subscription))
      for (const [i, job] of jobs.entries()) publishPieces(job, batches[i]!, faults)
    } catch (error) {
      for (const job of jobs) faults.set(job, error as Error)
    }
  }
  return faults
}

/** What goes wrong with one job is the fault of that one. */
function publishPieces(job: RunningJob, first: EventBatch, faults: Map<RunningJob, Error>): void {
  try {
    job.publish(first)
    const subscription = job.work?.subscription
    while (subscription?.hasMore) job.publish(subscription.take())
  } catch (error) {
    faults.set(job, error as Error)
  }
}
