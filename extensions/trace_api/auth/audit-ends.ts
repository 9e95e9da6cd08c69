/** Tells the audit log of jobs that are over: whose calls came, and how many. */
import type { Job, JobTable } from '../../../trace/jobs/job.ts'
import type { Gate } from './gate.ts'

/** Until the function it gives is called. */
export function auditEnds(table: Pick<JobTable, 'sendTo'>, gate: Pick<Gate, 'audit'>): () => void {
  return table.sendTo({ take: () => 0, end: job => gate.audit(toRecord(job)) })
}

function toRecord(job: Job): Parameters<Gate['audit']>[0] {
  const { reason, matched, calls } = job.status()
  return {
    who: undefined,
    owner: job.owner,
    address: undefined,
    verb: 'end',
    namespace: job.namespace,
    job: job.id,
    reason,
    matched: matched.map(({ namespace, pod, container }) =>
      [namespace, pod, container].map(part => part ?? '-').join('/'),
    ),
    calls,
  }
}
