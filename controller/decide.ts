/** Decides, from what is known of a Trace and without doing anything, what is to be done about it. */

import { formatDuration } from '../pipeline/duration.ts'
import { durationOf } from '../trace/api/fields.ts'
import type { TraceSpec } from '../trace/api/spec.ts'
import type { Agent } from './agents.ts'
import type { TraceMemory } from './memory.ts'
import { FINALIZER, type ResourceSpec, type Trace, toTraceSpec } from './resource.ts'
import type { NodeStatus } from './status-fields.ts'

type Decision =
  /** The Trace is over, or its jobs are gone. `inMs`: look again. */
  | { readonly do: 'nothing'; readonly inMs?: number }
  /** The Trace is being deleted: nothing may be left. */
  | { readonly do: 'clean up' }
  | { readonly do: 'delete' }
  /** From now on the Trace does not go before its jobs do. */
  | { readonly do: 'hold' }
  | { readonly do: 'refuse'; readonly problems: readonly string[] }
  | { readonly do: 'schedule'; readonly spec: ResourceSpec }
  | { readonly do: 'run'; readonly spec: ResourceSpec }

/** How the specification was decoded. */
export type Decoded =
  | { readonly spec: ResourceSpec; readonly problems?: undefined }
  | { readonly spec?: undefined; readonly problems: readonly string[] }

/** `nowMs`: since 1970. */
export function decide(trace: Trace, decoded: Decoded, nowMs: number): Decision {
  const { metadata, status = {} } = trace
  const isHeld = metadata.finalizers?.includes(FINALIZER) === true
  if (metadata.deletionTimestamp !== undefined) return { do: isHeld ? 'clean up' : 'nothing' }
  const isNew = status.observedGeneration !== metadata.generation
  const isOver = status.state === 'Complete' || (status.state === 'Failed' && !isNew)
  if (isOver) return decideTtl(trace, decoded, nowMs)
  if (decoded.problems) return { do: 'refuse', problems: decoded.problems }
  if (decoded.spec.schedule !== undefined) return { do: 'schedule', spec: decoded.spec }
  return isHeld ? { do: 'run', spec: decoded.spec } : { do: 'hold' }
}

function decideTtl({ status }: Trace, { spec }: Decoded, nowMs: number): Decision {
  const seconds = spec?.ttlSecondsAfterFinished
  if (seconds === undefined || status?.completionTime === undefined) return { do: 'nothing' }
  const leftMs = Date.parse(status.completionTime) + seconds * 1000 - nowMs
  return leftMs <= 0 ? { do: 'delete' } : { do: 'nothing', inMs: leftMs }
}

/** Milliseconds since 1970; undefined: it has not begun, or goes on until somebody ends it. */
export function endOf({ status }: Trace, { duration }: ResourceSpec): number | undefined {
  if (duration === undefined || status?.startTime === undefined) return undefined
  return Date.parse(status.startTime) + durationOf(duration)
}

/** A finished job that an agent keeps for the last who read it. */
const JOB_TTL_SECONDS = 300

/** The job that an agent gets now: with the time that is left, and the part of a budget that the node has not used yet. */
export function toJobSpec(
  spec: ResourceSpec,
  endMs: number | undefined,
  { node, nowMs }: { readonly node: NodeStatus | undefined; readonly nowMs: number },
): TraceSpec {
  const { budget, ...rest } = toTraceSpec(spec)
  const leftMs = endMs === undefined ? undefined : Math.max(1, Math.ceil((endMs - nowMs) / 1000)) * 1000
  const calls = budget?.calls === undefined ? undefined : Math.max(1, budget.calls - (node?.calls ?? 0))
  return {
    ...rest,
    ...(leftMs !== undefined && { duration: formatDuration(leftMs) }),
    ...(budget && { budget: { ...budget, ...(calls !== undefined && { calls }) } }),
    ttlSecondsAfterFinished: JOB_TTL_SECONDS,
  }
}

/** The node's job is over, for the specification of this generation. An agent that took the place of one that refused may take it. */
export function isSettled(
  { generation }: TraceMemory,
  { metadata }: Trace,
  { agent, status }: { readonly agent: Agent; readonly status: NodeStatus | undefined },
): boolean {
  if (generation !== metadata.generation || !status) return false
  if (status.state === 'Complete') return true
  return status.state === 'Failed' && (status.startTime !== undefined || status.endpoint === agent.endpoint)
}

export interface Outcome {
  readonly state: 'Complete' | 'Failed'
  readonly reason: string
  readonly message?: string
}

/** Whether the Trace is over, after a look at its agents. A node that is gone does not count. */
export function outcomeOf(
  nodes: readonly NodeStatus[],
  agents: readonly Agent[],
  isTimeOver: boolean,
): Outcome | undefined {
  const present = new Set(agents.map(({ node }) => node))
  const here = nodes.filter(({ node }) => present.has(node))
  const failed = here.filter(({ state }) => state === 'Failed')
  if (failed.length > 0 && failed.length === here.length && agents.length === here.length) {
    const isRefused = failed.every(({ startTime }) => startTime === undefined)
    const message = failed[0]!.message
    return { state: 'Failed', reason: isRefused ? 'Refused' : 'JobFailed', ...(message && { message }) }
  }
  if (isTimeOver) return { state: 'Complete', reason: 'Duration' }
  const isOver = ({ state }: NodeStatus) => state === 'Complete' || state === 'Failed'
  const isAllOver = here.length > 0 && here.length === agents.length && here.every(isOver)
  if (!isAllOver) return undefined
  const reasons = new Set(here.flatMap(({ state, reason }) => (state === 'Complete' ? [reason] : [])))
  const [reason = 'Finished'] = reasons.size === 1 ? reasons : []
  return { state: 'Complete', reason }
}
