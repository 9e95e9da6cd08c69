/** A job in the documents of the API. */
import { API_VERSION, type JobDocument, type JobStatus, KIND } from '../api/documents.ts'
import type { ChunkBuffer } from './chunk-buffer.ts'
import type { JobCounts } from './counts.ts'
import type { EndReason, Job } from './job.ts'
import { type JobEnds, toTime } from './job-ends.ts'

/** What documents say of a job. Times are Unix time. */
interface Described extends Omit<Job, 'document' | 'status'> {
  readonly node: string
  readonly stream: ChunkBuffer
  readonly counts: JobCounts
  readonly ends: JobEnds
  readonly state: JobStatus['state']
  readonly reason: EndReason | undefined
  readonly note: string | undefined
  readonly createdMs: number
  readonly startedMs: number
  readonly completedMs: number | undefined
  readonly callsPerSecond: number
  readonly encodingNs: number
}

/** The job as a Trace resource, and whose calls came. */
export function toDocument(job: Described): JobDocument {
  const { id, name, namespace, spec, createdMs, counts } = job
  const { state, reason, note: message, startedMs, completedMs } = job
  return {
    id,
    traceSpec: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: {
        name,
        ...(namespace !== undefined && { namespace }),
        creationTimestamp: toTime(createdMs),
        selfLink: `/jobs/${encodeURIComponent(id)}`,
      },
      spec,
      status: {
        state,
        ...(state !== 'Pending' && { startTime: toTime(startedMs) }),
        ...(completedMs !== undefined && { completionTime: toTime(completedMs) }),
        job: id,
        ...(reason !== undefined && { reason }),
        ...(message !== undefined && { message }),
      },
    },
    monitoredHosts: counts.hosts(),
  }
}

export function toStatus(job: Described): JobStatus {
  const { id, node, stream, counts, state, reason, note: message, startedMs, completedMs } = job
  const endsMs = job.isOver ? undefined : job.ends.unixMs
  return {
    id,
    node,
    run: stream.run,
    state,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    startTime: toTime(startedMs),
    ...(endsMs !== undefined && { endsAt: toTime(endsMs) }),
    ...(completedMs !== undefined && { completionTime: toTime(completedMs) }),
    matched: counts.matched(),
    matchedTotal: counts.matchedTotal,
    calls: counts.calls,
    bytes: counts.bytes,
    lost: { ...counts.lost },
    callsPerSecond: job.callsPerSecond,
    clients: stream.readers,
    sent: stream.sent,
    missed: Object.fromEntries(stream.missed),
    seq: { first: stream.first, last: stream.last },
    cost: { encodingSeconds: job.encodingNs / 1e9, bufferBytes: stream.bytes },
  }
}
