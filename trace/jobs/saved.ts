/** Keeps the files of persistent jobs as their jobs are. */
import type { Clock } from '../../pipeline/clock.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { JobError } from './errors.ts'
import { unixMsOf } from './job-ends.ts'
import type { RunningJob, RunningJobOptions } from './running-job.ts'
import type { JobStore, SavedJob } from './store.ts'

interface SavedJobsOptions {
  /** Absent: no job can be persistent. */
  readonly store: JobStore | undefined
  readonly clock: Clock
  readonly log: Logger
}

const SAVE_MS = 1000

export class SavedJobs {
  readonly #options: SavedJobsOptions
  /** What was saved last. */
  readonly #saved = new WeakMap<RunningJob, string>()
  /** A disk that hangs is waited for. */
  readonly #saving = new WeakSet<RunningJob>()
  #lastMs = 0

  constructor(options: SavedJobsOptions) {
    this.#options = options
  }

  /** Rejects with TRACE_JOB_REFUSED where it cannot be saved: it would not do what it promises. */
  async add(job: RunningJob): Promise<void> {
    if (!job.spec.persistent) return
    const { store } = this.#options
    try {
      if (!store) throw new Error('the agent has no storage; set its storage::directory')
      await this.#save(store, job)
    } catch (error) {
      const message = `must not be persistent: ${(error as Error).message}`
      throw new JobError('TRACE_JOB_REFUSED', `${job.id}: ${message}`, {
        cause: error,
        problems: [{ path: 'persistent', message }],
      })
    }
  }

  /** To be called at each look: saves what has changed, once a second. */
  look(jobs: readonly RunningJob[]): void {
    const { store, clock, log } = this.#options
    const nowMs = clock.monotonicMs()
    if (!store || nowMs - this.#lastMs < SAVE_MS) return
    this.#lastMs = nowMs
    for (const job of jobs) {
      if (!job.spec.persistent || job.isOver || this.#saved.get(job) === stateOf(job)) continue
      if (this.#saving.has(job)) continue
      this.#saving.add(job)
      const saved = this.#save(store, job).then(
        () => void job.setTrouble('saving', undefined),
        error => {
          if (!job.setTrouble('saving', `not saved: ${(error as Error).message}`))
            log.warn({ job: job.id, error: String(error) }, 'a job could not be saved')
        },
      )
      void saved.finally(() => this.#saving.delete(job))
    }
  }

  /** The job is over: it is saved once more if it goes on with the next start of the agent. One that could not go on stays as it was. */
  async end(job: RunningJob): Promise<void> {
    const { store, log } = this.#options
    if (!store || !job.spec.persistent) return
    if (job.reason !== 'AgentStopped') {
      if (job.reason !== 'Error' || job.hasBegun) await store.forget(job.id)
    } else
      await this.#save(store, job).catch(error =>
        log.warn(
          { job: job.id, error: String(error) },
          'a job could not be saved, and goes on as it was saved last',
        ),
      )
  }

  async forget(job: RunningJob): Promise<void> {
    if (job.spec.persistent) await this.#options.store?.forget(job.id)
  }

  async settled(abort: AbortSignal): Promise<void> {
    await this.#options.store?.settled(abort)
  }

  async #save(store: JobStore, job: RunningJob): Promise<void> {
    const { clock } = this.#options
    const saved = stateOf(job)
    const { calls, bytes, lost, leftMs } = job.spent
    const endsMs = leftMs === undefined ? undefined : unixMsOf(clock) + leftMs
    const { id, name, owner, place, spec, leaseMs } = job.given
    await store.save({
      version: 1,
      id,
      owner,
      spec,
      place: place.namespace === undefined ? { node: place.node } : { namespace: place.namespace },
      createdMs: job.createdMs,
      startedMs: job.startedMs,
      calls,
      bytes,
      lost: { ...lost },
      ...(name !== undefined && { name }),
      ...(leaseMs !== undefined && { leaseMs }),
      ...(endsMs !== undefined && { endsMs }),
    })
    this.#saved.set(job, saved)
  }
}

/** What a job is saved anew for. */
function stateOf({ startedMs, counts }: RunningJob): string {
  return `${startedMs} ${counts.calls}`
}

/** A saved job as it goes on now. Time that nobody traced is time of it, too. */
export function toResumed(
  { id, name, owner, place, spec, leaseMs, createdMs, startedMs, endsMs, calls, bytes, lost }: SavedJob,
  clock: Pick<Clock, 'unixNano'>,
): Pick<RunningJobOptions, 'given' | 'createdMs' | 'startedMs' | 'spent'> {
  const leftMs = endsMs === undefined ? undefined : Math.max(endsMs - unixMsOf(clock), 0)
  return {
    given: { id, name, owner, place, spec, leaseMs },
    createdMs,
    startedMs,
    spent: { calls, bytes, lost, leftMs },
  }
}
