/** Tells the audit log of jobs that are over: whose calls came, and how many. */
import { printable } from '../../../pipeline/printable.ts'
import type { JobStatus } from '../../../trace/api/documents.ts'
import type { Job, JobTable } from '../../../trace/jobs/job.ts'
import type { Gate } from './gate.ts'

/** `name`: of the extension. Until the function it gives is called. */
export function auditEnds(
  name: string,
  table: Pick<JobTable, 'sendTo'>,
  gate: Pick<Gate, 'audit'>,
): () => void {
  return table.sendTo(`extensions::${name}`, { take: () => 0, end: job => gate.audit(toRecord(job)) })
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
    matched: matched.map(toName),
    calls,
  }
}

/** `NAMESPACE/POD/CONTAINER`, of a container that is in no pod with its id; `ssh.service`, `/init.scope`, and `-` where nothing is known. */
function toName(matched: JobStatus['matched'][number]): string {
  const { namespace, pod, podUid, container, containerId, unit, cgroup } = matched
  const isContained = containerId !== null || podUid !== null
  const name = isContained
    ? [namespace, pod, container ?? containerId].map(part => part ?? '-').join('/')
    : (unit ?? cgroup ?? '-')
  return printable(name)
}
