/** Operations on jobs that are there. */
import { z } from 'zod'
import { apiError, type JobDocument, job, jobList } from '../../../trace/api/documents.ts'
import type { Job, JobTable } from '../../../trace/jobs/job.ts'
import { ApiError, noSuchJob } from '../api-error.ts'
import type { Gate, Identity, TraceVerb } from '../auth/gate.ts'
import { livePage } from '../pages/live-page.ts'
import { jobId } from './fields.ts'
import { type Operation, operation } from './operation.ts'

export interface JobsContext {
  readonly table: JobTable
  readonly gate: Gate
}

const ONE_JOB = z.object({ id: jobId })
export function jobOperations(context: JobsContext): Operation[] {
  return [list(context), read(context), remove(context)]
}

function list({ table, gate }: JobsContext): Operation {
  return operation({
    id: 'listJobs',
    method: 'GET',
    path: '/jobs',
    summary: 'The jobs that the caller may see',
    answers: { 200: { description: 'Jobs by id', schema: jobList } },
    async run({ who }) {
      const jobs = table.list()
      const seen = await Promise.all(jobs.map(one => gate.allows(who, 'get', one.namespace, one.name)))
      const visible = jobs.filter((_, i) => seen[i])
      const byId = (isOver: boolean): Record<string, JobDocument> =>
        Object.fromEntries(visible.filter(one => one.isOver === isOver).map(one => [one.id, one.document()]))
      return { status: 200, body: { running: byId(false), completed: byId(true) } }
    },
  })
}

function read(context: JobsContext): Operation {
  return operation({
    id: 'readJob',
    method: 'GET',
    path: '/jobs/{id}',
    summary: 'A job; for browsers a page with its calls',
    params: ONE_JOB,
    answers: {
      200: { description: 'The job', schema: job },
      404: { description: 'There is none that the caller may see', schema: apiError },
    },
    async run({ params, who, request }) {
      const found = await findJob(context, who, params.id)
      if (wantsPage(request.headers.accept)) return livePage(`Job ${found.id}`, request.url)
      return { status: 200, body: found.document(), headers: { vary: 'accept' } }
    },
  })
}

function remove(context: JobsContext): Operation {
  return operation({
    id: 'deleteJob',
    method: 'DELETE',
    path: '/jobs/{id}',
    summary: 'End a job, and forget it',
    params: ONE_JOB,
    answers: {
      200: { description: 'It is gone', schema: z.literal('OK') },
      404: { description: 'There is none that the caller may see', schema: apiError },
    },
    async run({ params, who, address }) {
      const found = await findJob(context, who, params.id, 'delete')
      // Another namespace's may have its id by now.
      const isThere = context.table.find(found.id) === found
      if (!isThere || !(await context.table.remove(found.id))) throw noSuchJob(found.id)
      const { namespace, id } = found
      context.gate.audit({ who, address, verb: 'delete', namespace, job: id, status: 200 })
      return { status: 200, body: 'OK' }
    },
  })
}

/** Returns a job on which the caller has this right. Throws 404 where the caller may not even see it, 403 where that is all. */
export async function findJob(
  { table, gate }: JobsContext,
  who: Identity,
  id: string,
  verb: TraceVerb = 'get',
): Promise<Job> {
  const found = table.find(id)
  // Asked in any case: how long the answer takes must not tell whether there is such a job.
  const isSeen = await gate.allows(who, 'get', found?.namespace, found?.name ?? id)
  if (!found || !isSeen) throw noSuchJob(id)
  if (verb === 'get' || (await gate.allows(who, verb, found.namespace, found.name))) return found
  throw new ApiError(
    403,
    `jobs/${id}: must be a job that ${who.name} may ${verb}; ask for the right to ${verb} traces`,
  )
}

function wantsPage(accept = ''): boolean {
  const [page, json] = [accept.indexOf('text/html'), accept.indexOf('application/json')]
  return page >= 0 && (json < 0 || page < json)
}
