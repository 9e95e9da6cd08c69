/** Traces that others are made of at the times of their schedule. */
import { ApiError } from '../kubernetes/client/api-error.ts'
import { API_VERSION, KIND } from '../trace/api/documents.ts'
import { isTemporary } from './cluster-api.ts'
import { type Context, nowOf } from './context.ts'
import { MANAGED_BY, objectOf, TRACES } from './kinds.ts'
import { decodeSchedule, ownerOf, type ResourceSpec, SCHEDULE_KEYS, type Trace } from './resource.ts'
import { mergeConditions, type NewCondition, rfc3339 } from './status.ts'
import { CONFLICT_MS, type Subject, writeStatus } from './write.ts'

const DEFAULTS = { deadlineSeconds: 300, successful: 3, failed: 1 }
/** A name has 63 characters; those behind this many are for the minute. */
const NAME_LENGTH = 52
/** With five fields of cron a minute is the least between two times. */
const MOST_MISSED = 24 * 60 + 1

/** Milliseconds until the next look; undefined: it is suspended. */
export async function runSchedule(
  context: Context,
  subject: Subject,
  spec: ResourceSpec,
): Promise<number | undefined> {
  const { trace } = subject
  const nowMs = nowOf(context)
  const children = childrenOf(context, trace)
  // Old ones that cannot be deleted now are no reason to start none.
  await forgetOld(context, children, spec).catch((error: Error) =>
    context.log.warn({ trace: trace.metadata.name, error: error.message }, 'Old Traces could not be deleted'),
  )
  const { due, nextMs } = timesOf(trace, spec, nowMs)
  const active = children.filter(child => !isFinished(child)).map(({ metadata }) => metadata.name)
  const problem =
    due === undefined || spec.suspend ? lastProblemOf(trace) : await start(context, trace, { due, active })
  const next = spec.suspend ? undefined : nextMs
  const lastMs = due ?? lastTimeOf(trace)
  const status = {
    observedGeneration: trace.metadata.generation ?? 0,
    state: 'Pending',
    ...(lastMs !== undefined && { lastScheduleTime: rfc3339(lastMs) }),
    ...(next !== undefined && { nextScheduleTime: rfc3339(next) }),
    active: active.sort(),
    conditions: mergeConditions(trace.status?.conditions, conditionsOf(next, problem), trace, nowMs),
  } as const
  if (!(await writeStatus(context, subject, status))) return CONFLICT_MS
  return next === undefined ? undefined : Math.max(0, next - nowMs)
}

function conditionsOf(nextMs: number | undefined, problem: string | undefined): NewCondition[] {
  return [
    ['Accepted', true, 'Valid', 'the specification is right'],
    nextMs === undefined
      ? ['Scheduled', false, 'Suspended', 'suspend is set']
      : ['Scheduled', true, 'Waiting', `next at ${rfc3339(nextMs)}`],
    problem ? ['Degraded', true, 'NotStarted', problem] : ['Degraded', false, 'Healthy', ''],
  ]
}

/** `due`: the last time that has come and nothing was started for, if it is not too long ago. */
function timesOf(
  trace: Trace,
  spec: ResourceSpec,
  nowMs: number,
): { readonly due: number | undefined; readonly nextMs: number | undefined } {
  const cron = decodeSchedule(spec.schedule!, spec.timeZone)
  const deadlineMs = (spec.startingDeadlineSeconds ?? DEFAULTS.deadlineSeconds) * 1000
  const fromMs = Math.max(lastTimeOf(trace) ?? createdMs(trace), nowMs - deadlineMs)
  let due: number | undefined
  let next = cron.nextRun(new Date(fromMs))?.getTime()
  for (let i = 0; next !== undefined && next <= nowMs && i < MOST_MISSED; i++) {
    due = next
    next = cron.nextRun(new Date(next))?.getTime()
  }
  return { due, nextMs: next }
}

function createdMs({ metadata }: Trace): number {
  return metadata.creationTimestamp === undefined ? 0 : Date.parse(metadata.creationTimestamp)
}

function lastTimeOf({ status }: Trace): number | undefined {
  return status?.lastScheduleTime === undefined ? undefined : Date.parse(status.lastScheduleTime)
}

/** The reason why nothing was started last time. */
function lastProblemOf({ status }: Trace): string | undefined {
  return status?.conditions?.find(({ type, status }) => type === 'Degraded' && status === 'True')?.message
}

/** The reason why nothing was started for this time. Rejects with what may go well at the next try. */
async function start(
  { api, events }: Context,
  trace: Trace,
  { due, active }: { readonly due: number; readonly active: string[] },
): Promise<string | undefined> {
  const { namespace } = trace.metadata
  const child = toChild(trace, childNameOf(trace, due))
  const childName = child.metadata.name
  if (active.includes(childName)) return undefined // a try before this one made it
  if (active.length > 0) {
    events.record(trace, 'Warning', ['Skipped', `${active[0]} still runs at ${rfc3339(due)}`])
    return undefined
  }
  try {
    await api.create({ ...TRACES, namespace }, child)
  } catch (error) {
    if (!(error instanceof ApiError) || isTemporary(error)) throw error
    if (error.status !== 409) return error.message
    const there = await api.get<Trace>(objectOf(TRACES, { namespace, name: childName }))
    if (there && !isChildOf(there, trace))
      return `${childName}: must be a name that no other Trace has; delete it`
    return undefined // made, and over already
  }
  active.push(childName)
  events.record(trace, 'Normal', ['Started', `Started ${childName}`])
  return undefined
}

/** The same for each try, so that two tries make one Trace. */
function childNameOf({ metadata }: Trace, dueMs: number): string {
  const name = metadata.name.slice(0, NAME_LENGTH).replace(/[.-]+$/, '')
  return `${name}-${Math.floor(dueMs / 60_000)}`
}

function toChild(trace: Trace, name: string) {
  const spec = Object.entries(trace.spec ?? {}).filter(([key]) => !SCHEDULE_KEYS.includes(key))
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      name,
      namespace: trace.metadata.namespace,
      labels: MANAGED_BY,
      ownerReferences: [ownerOf(trace)],
    },
    spec: Object.fromEntries(spec),
  }
}

function childrenOf({ traces }: Context, trace: Trace): readonly Trace[] {
  return traces.list().filter(child => isChildOf(child, trace))
}

/** Owners are of the same namespace: who may create Traces in another one could name any. */
function isChildOf({ metadata }: Trace, parent: Trace): boolean {
  const isOwned = metadata.ownerReferences?.some(({ uid }) => uid === parent.metadata.uid) === true
  return isOwned && metadata.namespace === parent.metadata.namespace
}

function isFinished({ status }: Trace): boolean {
  return status?.state === 'Complete' || status?.state === 'Failed'
}

async function forgetOld({ api }: Context, children: readonly Trace[], spec: ResourceSpec): Promise<void> {
  for (const [state, kept] of [
    ['Complete', spec.successfulTracesHistoryLimit ?? DEFAULTS.successful],
    ['Failed', spec.failedTracesHistoryLimit ?? DEFAULTS.failed],
  ] as const) {
    const finished = children.filter(
      ({ status, metadata }) => status?.state === state && !metadata.deletionTimestamp,
    )
    finished.sort((a, b) => createdMs(b) - createdMs(a))
    for (const { metadata } of finished.slice(kept))
      await api.delete(objectOf(TRACES, metadata), { uid: metadata.uid })
  }
}
