/** How many jobs there may be, and how much of what they get is kept. */
import { JobError } from './errors.ts'
import type { NewJob } from './job.ts'
import type { RunningJob } from './running-job.ts'

export interface TableLimits {
  /** Jobs that run at once. */
  readonly jobs: number
  /** Of one owner in one namespace: a controller is one owner for all. */
  readonly jobsPerOwner: number
  /** Finished jobs that are remembered. */
  readonly finishedJobs: number
  /** Most bytes of messages that are kept of one job, and of all. */
  readonly bufferBytes: number
  readonly allBuffersBytes: number
}

/** A finished job is remembered so long, unless it says otherwise. */
const TTL_MS = 3_600_000

/** Throws TRACE_JOB_LIMIT where there is no room for one more. */
export function checkRoom(
  { owner, id, place }: Pick<NewJob, 'owner' | 'id' | 'place'>,
  running: readonly RunningJob[],
  { jobs, jobsPerOwner }: TableLimits,
): void {
  const own = running.filter(job => job.owner === owner && job.namespace === place.namespace).length
  if (running.length < jobs && own < jobsPerOwner) return
  const which = own >= jobsPerOwner ? `${jobsPerOwner} jobs of ${owner} in one namespace` : `${jobs} jobs`
  throw new JobError(
    'TRACE_JOB_LIMIT',
    `${id}: must be one of at most ${which} that run at once; delete one first`,
  )
}

/** All that run have equal shares; those that are over keep what is left of it, the newest first. */
export function shareBuffers(
  jobs: readonly RunningJob[],
  { bufferBytes, allBuffersBytes }: TableLimits,
): void {
  const running = jobs.filter(job => !job.isOver).length
  const share = Math.min(bufferBytes, Math.floor(allBuffersBytes / 2 / Math.max(running, 1)))
  let left = allBuffersBytes / 2
  for (const { stream, isOver } of jobs.toReversed()) {
    stream.limitBytes = isOver ? Math.min(share, left) : share
    if (isOver) left -= Math.min(stream.bytes, left)
  }
}

/** Finished jobs that are to be forgotten now, and when there may be more (monotonic clock; undefined: not by time). */
export function findForgotten(
  jobs: readonly RunningJob[],
  most: number,
  nowMs: number,
): { readonly forgotten: readonly RunningJob[]; readonly nextMs: number | undefined } {
  const finished = jobs.filter(job => job.isOver).sort((a, b) => a.overMs! - b.overMs!)
  const surplus = finished.length - most
  const forgotten = finished.filter((job, i) => i < surplus || expiryOf(job) <= nowMs)
  const ends = finished.filter(job => !forgotten.includes(job)).map(expiryOf)
  return { forgotten, nextMs: ends.length === 0 ? undefined : Math.min(...ends) }
}

function expiryOf({ overMs, spec: { ttlSecondsAfterFinished } }: RunningJob): number {
  return overMs! + (ttlSecondsAfterFinished === undefined ? TTL_MS : ttlSecondsAfterFinished * 1000)
}
