/** The operation that tells which calls threads are in at this moment. */
import type { z } from 'zod'
import { SwollError } from '../../../pipeline/errors.ts'
import { apiError } from '../../../trace/api/documents.ts'
import { durationOf } from '../../../trace/api/fields.ts'
import { inFlightDocument, inFlightQuery } from '../../../trace/api/in-flight.ts'
import { JobError } from '../../../trace/jobs/errors.ts'
import { isDenied } from '../../../trace/requests/consent.ts'
import type { TargetSelection } from '../../../trace/requests/request.ts'
import { ApiError } from '../api-error.ts'
import { retryAfter } from '../error-answer.ts'
import type { JobsContext } from './jobs.ts'
import { type Answer, addressOf, type Call, type Operation, operation } from './operation.ts'

type Query = z.output<typeof inFlightQuery>
type StuckCall = Call<unknown, Query, unknown>

/** Requests that wait for those before them: looks come one after the other. */
const MOST_WAITING = 8

export function stuckOperation(context: JobsContext): Operation {
  let line: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return operation({
    id: 'listStuck',
    method: 'GET',
    path: '/stuck',
    summary: 'The threads that are inside a system call at this moment, with its arguments, and since when',
    query: inFlightQuery,
    answers: {
      200: { description: 'Of pods whose calls the caller may watch', schema: inFlightDocument },
      400: { description: 'Every mistake of the request', schema: apiError },
      429: { description: 'As many jobs as there may be are running', schema: apiError },
      503: {
        description: 'Others are asking, or the kernel does not show calls in flight',
        schema: apiError,
      },
    },
    async run(call) {
      const targets = await toTargets(context, call)
      if (waiting >= MOST_WAITING)
        throw new ApiError(503, `stuck: at most ${MOST_WAITING} requests wait at once; try again later`, {
          headers: retryAfter(1000),
        })
      waiting++
      const answer = line.then(() => look(context, call, targets)).finally(() => waiting--)
      line = answer.catch(() => {})
      return answer
    },
  })
}

async function look(
  { table, gate }: JobsContext,
  { query, who, request }: StuckCall,
  targets: TargetSelection,
): Promise<Answer> {
  const { min, limit, syscalls = [], namespace } = query
  const question = { targets, calls: syscalls, minNs: durationOf(min) * 1e6, limit }
  const body = await table.lookInFlight(question).catch(error => {
    throw toApiError(error)
  })
  for (const each of namespace ?? [undefined])
    gate.audit({ who, address: addressOf(request.raw), verb: 'watch', namespace: each, status: 200 })
  return { status: 200, body }
}

/** What the kernel refuses is nobody's mistake. */
function toApiError(error: unknown): unknown {
  if (!(error instanceof SwollError) || error instanceof JobError || error.code === 'TRACE_TOO_MANY_JOBS')
    return error
  const why = error.message.split('\n')[0]
  return new ApiError(503, `stuck: calls in flight are not shown by this kernel: ${why}`, { cause: error })
}

/** What the caller may see of what was asked for. Throws 403. */
async function toTargets(context: JobsContext, call: StuckCall): Promise<TargetSelection> {
  const { gate } = context
  const { who, query } = call
  const { namespace: asked, pod: pods = [], container: names = [], unit: units } = query
  const living = namespacesOf(context)
  const isNodeAllowed = asked === undefined && (await gate.allows(who, 'watch', undefined))
  const allowed = isNodeAllowed ? living : await allowedOf(context, call, asked ?? (units ? [] : living))
  await readConsents(context, allowed)
  if (units !== undefined) return { kind: 'units', units }
  if (isNodeAllowed && pods.length + names.length === 0) return { kind: 'all' }
  const namespaces = isNodeAllowed ? [] : allowed
  return {
    kind: 'containers',
    namespaces,
    pods,
    containers: names,
    labels: '',
    fields: '',
    isFollowing: true,
  }
}

/** Those namespaces whose calls the caller may watch. Throws 403 if it is none of them, or not each that was asked for. */
async function allowedOf(
  context: JobsContext,
  call: StuckCall,
  namespaces: readonly string[],
): Promise<readonly string[]> {
  const { who, query } = call
  const may = await Promise.all(namespaces.map(each => context.gate.allows(who, 'watch', each)))
  const allowed = namespaces.filter((_, i) => may[i])
  const missing = namespaces.find((_, i) => !may[i])
  if (query.namespace !== undefined && missing !== undefined)
    throw refused(context, call, `in namespace ${missing}`, missing)
  if (allowed.length > 0) return allowed
  const where =
    query.unit === undefined ? 'in a namespace of this node' : 'in all namespaces, and on the node'
  throw refused(context, call, where, undefined)
}

function namespacesOf({ table: { pods } }: JobsContext): string[] {
  if (!pods) return []
  const living = [...pods.index.all()].filter(({ uid }) => pods.index.isAlive(uid))
  return [...new Set(living.map(({ namespace }) => namespace))]
}

/** A look cannot wait for what namespaces say to being traced: it is known by then. */
async function readConsents({ table: { pods } }: JobsContext, namespaces: readonly string[]): Promise<void> {
  const objects = pods?.objects
  if (objects) await Promise.all(namespaces.map(each => isDenied(each, objects)))
}

function refused(
  { gate }: JobsContext,
  { who, request }: StuckCall,
  where: string,
  namespace: string | undefined,
): ApiError {
  const reason = `${who.name} must have the right to watch traces ${where}`
  gate.audit({ who, address: addressOf(request.raw), verb: 'watch', namespace, status: 403, reason })
  return new ApiError(403, `${request.url}: ${reason}`)
}
