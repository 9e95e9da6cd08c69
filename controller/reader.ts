/** Makes the Job whose log has the calls, once, and tells what becomes of it. */
import { ApiError } from '../kubernetes/client/api-error.ts'
import { SwollError } from '../pipeline/errors.ts'
import { type Context, nowOf } from './context.ts'
import { objectOf } from './kinds.ts'
import { findFailure, type Making, readerNameOf, readerObjects } from './reader-job.ts'
import type { OwnerReference, ResourceSpec, Trace } from './resource.ts'
import type { Subject } from './write.ts'

/** A Job that the watch does not show yet is not asked for again before this. */
export const AGAIN_MS = 30_000

/** Returns the name of the Job; undefined: the calls go elsewhere only, or it cannot be made, which `memory` has the reason of. */
export async function lookAfterReader(
  context: Context,
  { trace, memory }: Subject,
  { output = ['logs'] }: ResourceSpec,
): Promise<string | undefined> {
  if (!output.includes('logs')) return undefined
  const name = readerNameOf(trace)
  const job = context.jobs.get(`${trace.metadata.namespace}/${name}`)
  if (job && isOwned(job.metadata.ownerReferences, trace)) {
    memory.readerProblem = findFailure(job, nowOf(context))
    if (memory.readerProblem) context.events.record(trace, 'Warning', ['JobFailed', memory.readerProblem])
    return name
  }
  const nowMs = context.clock.monotonicMs()
  if (nowMs - memory.readerMs < AGAIN_MS) return memory.readerProblem ? undefined : name
  memory.readerMs = nowMs
  memory.readerProblem = await make(context, trace)
  if (memory.readerProblem) context.events.record(trace, 'Warning', ['JobRefused', memory.readerProblem])
  return memory.readerProblem ? undefined : name
}

/** The reason why the Job could not be made. */
async function make(context: Context, trace: Trace): Promise<string | undefined> {
  try {
    let isNew = false
    for (const making of readerObjects(trace, await context.reader()))
      isNew = await makeOne(context, trace, making)
    const message = `Created job "${readerNameOf(trace)}"`
    if (isNew) context.events.record(trace, 'Normal', ['Created', message])
    return undefined
  } catch (error) {
    if (!(error instanceof SwollError)) throw error
    return `the Job cannot be made: ${error.message}`
  }
}

/** False: it was there, and is this Trace's. */
async function makeOne({ api }: Context, trace: Trace, { kind, body }: Making): Promise<boolean> {
  try {
    await api.create(kind, body)
    return true
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error
    const { namespace } = trace.metadata
    const name = readerNameOf(trace)
    const there = await api.get<{ readonly metadata: Trace['metadata'] }>(objectOf(kind, { namespace, name }))
    if (!there) throw error // a quota that changed at the same moment refuses by this status, too
    if (!isOwned(there.metadata.ownerReferences, trace))
      throw new ApiError(
        `Kubernetes API: create ${kind.resource} ${name}: must be a name that nobody else has taken; delete the other one`,
        { status: 409 },
      )
    return false
  }
}

function isOwned(owners: readonly OwnerReference[] = [], { metadata }: Trace): boolean {
  return owners.some(({ uid }) => uid === metadata.uid)
}
