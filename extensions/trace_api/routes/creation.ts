/** Operations that begin jobs. */
import { z } from 'zod'
import { apiError, createdJob } from '../../../trace/api/documents.ts'
import { durationOf } from '../../../trace/api/fields.ts'
import { nodeTargets, type TraceSpec, traceSpec } from '../../../trace/api/spec.ts'
import type { JobPlace } from '../../../trace/api/to-request.ts'
import type { Job, NewJob } from '../../../trace/jobs/job.ts'
import { ApiError } from '../api-error.ts'
import { findFaultWithId } from '../auth/job-ids.ts'
import { creation, namespace, newJobId } from './fields.ts'
import type { JobsContext } from './jobs.ts'
import { type Answer, addressOf, type Call, type Operation, operation, type Texts } from './operation.ts'

const LEASE = z.strictObject(creation)
const NEW = z.strictObject({ id: newJobId.optional().describe('Default: a new one'), ...creation })
const KEPT = { description: 'The job, which was there', schema: createdJob }
const CREATED = {
  201: { description: 'The job, which is new', schema: createdJob },
  400: { description: 'Every mistake of the request', schema: apiError },
  409: { description: 'There is another job of this id', schema: apiError },
  429: { description: 'As many jobs as there may be are running', schema: apiError },
}
const nodeJob = z.strictObject({ ...traceSpec.shape, ...nodeTargets.shape })

export function creationOperations(context: JobsContext): Operation[] {
  return [create(context), ensure(context), createOnNode(context), ensureOnNode(context)]
}

const createHere = ({ namespace }: Texts) => ({ verb: 'create', namespace: String(namespace) }) as const
const createOnAll = () => ({ verb: 'create', namespace: undefined }) as const

function create(context: JobsContext): Operation {
  return operation({
    id: 'createJob',
    method: 'POST',
    path: '/jobs/namespaces/{namespace}',
    summary: 'Trace pods of a namespace. The answer comes once the job traces',
    params: z.object({ namespace }),
    query: NEW,
    body: traceSpec,
    answers: CREATED,
    right: createHere,
    run: call => make(context, call, { place: { namespace: call.params.namespace }, spec: call.body }),
  })
}

function ensure(context: JobsContext): Operation {
  return operation({
    id: 'ensureJob',
    method: 'PUT',
    path: '/jobs/namespaces/{namespace}/{id}',
    summary: 'Trace pods of a namespace, unless this very job is there: then its lease begins anew',
    params: z.object({ namespace, id: newJobId }),
    query: LEASE,
    body: traceSpec,
    answers: { 200: KEPT, ...CREATED },
    right: createHere,
    run: call => keep(context, call, { place: { namespace: call.params.namespace }, spec: call.body }),
  })
}

function createOnNode(context: JobsContext): Operation {
  return operation({
    id: 'createNodeJob',
    method: 'POST',
    path: '/jobs',
    summary: 'Trace the node: containers of all namespaces, services, all of it',
    query: NEW,
    body: nodeJob,
    answers: CREATED,
    right: createOnAll,
    run: call => make(context, call, splitNodeJob(call.body)),
  })
}

function ensureOnNode(context: JobsContext): Operation {
  return operation({
    id: 'ensureNodeJob',
    method: 'PUT',
    path: '/jobs/{id}',
    summary: 'Trace the node, unless this very job is there: then its lease begins anew',
    params: z.object({ id: newJobId }),
    query: LEASE,
    body: nodeJob,
    answers: { 200: KEPT, ...CREATED },
    right: createOnAll,
    run: call => keep(context, call, splitNodeJob(call.body)),
  })
}

interface Wanted {
  readonly place: JobPlace
  readonly spec: TraceSpec
}

function splitNodeJob({ from, units, containers, ...spec }: z.output<typeof nodeJob>): Wanted {
  return { place: { node: { from, units, containers } }, spec }
}

async function make(
  context: JobsContext,
  call: Call<unknown, z.output<typeof NEW>, unknown>,
  wanted: Wanted,
): Promise<Answer> {
  const { id } = call.query
  if (id !== undefined) checkId(id, wanted, 'query.id')
  const given = { ...(await toNewJob(context, call, wanted)), id }
  return toMade(context, call, { job: await context.table.create(given), isNew: true })
}

async function keep(
  context: JobsContext,
  call: Call<{ readonly id: string }, z.output<typeof LEASE>, unknown>,
  wanted: Wanted,
): Promise<Answer> {
  const { id } = call.params
  checkId(id, wanted, 'path.id')
  const given = { ...(await toNewJob(context, call, wanted)), id }
  return toMade(context, call, await context.table.ensure(given))
}

/** Throws 400. */
function checkId(id: string, { place }: Wanted, path: string): void {
  const message = findFaultWithId(id, place.namespace)
  if (message !== undefined)
    throw new ApiError(400, `${path}: ${message}, got ${JSON.stringify(id)}`, {
      problems: [{ path, message }],
    })
}

type AnyCall = Call<unknown, z.output<typeof LEASE>, unknown>

/** Throws 403 where the policy of the agent, or the namespace, is against it. */
async function toNewJob(
  { gate, table }: JobsContext,
  { who, query, request }: AnyCall,
  { place, spec }: Wanted,
): Promise<NewJob> {
  const problems = await gate.checkSpec(who, place, spec, table.pods)
  if (problems.length > 0) {
    const reason = problems.map(({ path, message }) => `${path}: ${message}`).join('; ')
    const about = { verb: 'create', namespace: place.namespace, status: 403, reason, spec } as const
    gate.audit({ who, address: addressOf(request.raw), ...about })
    throw new ApiError(403, `spec: must be within the policy of this agent: ${reason}`, { problems })
  }
  const leaseMs = query.lease === undefined ? undefined : durationOf(query.lease)
  return { place, name: query.name, spec, owner: who.name, leaseMs }
}

/** What was there already is told to nobody: leases are renewed all the time. */
function toMade(
  { gate }: JobsContext,
  { who, request }: AnyCall,
  { job, isNew }: { readonly job: Job; readonly isNew: boolean },
): Answer {
  const { id, traceSpec } = job.document()
  if (!isNew) return { status: 200, body: { id, traceSpec } }
  const { namespace, spec } = job
  const address = addressOf(request.raw)
  gate.audit({ who, address, verb: 'create', namespace, job: id, status: 201, spec })
  return { status: 201, body: { id, traceSpec }, headers: { location: traceSpec.metadata.selfLink } }
}
