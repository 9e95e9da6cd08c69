/** One look at one agent: it has the job of a Trace, and what it says of the job becomes the node's part of the status. */
import { isDeepStrictEqual } from 'node:util'
import type { JobStatus } from '../trace/api/documents.ts'
import type { TraceSpec } from '../trace/api/spec.ts'
import { type Agent, type AgentApi, AgentRefusal } from './agents.ts'
import { checkStatus, toCount, toMessage } from './checked-status.ts'
import type { NodeMemory } from './memory.ts'
import type { NodeState, NodeStatus } from './status-fields.ts'

/** After so long without a renewal an agent ends the job by itself. */
const LEASE_MS = 300_000
/** Three tries within a lease. */
const RENEWAL_MS = 100_000
/** A job that is not there is put again after this. */
const AGAIN_MS = 1000
/** An agent that did not answer is asked again after this, doubled each time up to the limit. */
const RETRY = { firstMs: 5000, maxMs: 60_000 }

interface VisitOptions {
  readonly api: AgentApi
  readonly agent: Agent
  readonly memory: NodeMemory
  readonly before: NodeStatus | undefined
  readonly job: { readonly namespace: string; readonly name: string; readonly id: string }
  readonly generation: number
  /** The job for an agent that has none yet. */
  readonly spec: TraceSpec
  /** Its time is over: a last look, and nothing is put any more. */
  readonly isEnding: boolean
  readonly pollMs: number
  /** Monotonic. */
  readonly nowMs: number
}

/** Never rejects: what goes wrong is in the status. */
export async function visit(options: VisitOptions): Promise<NodeStatus> {
  const { memory, nowMs, pollMs } = options
  try {
    const status = await look(options)
    memory.failures = 0
    memory.nextMs = nowMs + (memory.held ? pollMs : AGAIN_MS)
    return status
  } catch (error) {
    if (!(error instanceof AgentRefusal)) throw error
    const delayMs = Math.min(RETRY.maxMs, RETRY.firstMs * 2 ** Math.min(memory.failures++, 10))
    memory.nextMs = nowMs + delayMs
    return toStatus(options, STATES[error.kind], error.message)
  }
}

const STATES = { unreachable: 'Unreachable', busy: 'Pending', refused: 'Failed' } as const

async function look(options: VisitOptions): Promise<NodeStatus> {
  const { api, agent, memory, job, isEnding } = options
  if (!isEnding && needsPut(options)) await put(options)
  const found = await api.status(agent, job.id)
  if (found === undefined) {
    memory.held = undefined
    return toStatus(options, 'Pending', 'the agent does not know the job; it is put again')
  }
  const status = toCounted(options, checkStatus(found))
  if (found.state !== 'Complete' && found.state !== 'Failed') return isEnding ? end(options, status) : status
  const { reason } = found
  if (reason === 'Duration' || reason === 'Budget') return { ...status, state: 'Complete', reason }
  if (reason === 'Error') return { ...status, state: 'Failed', reason }
  await api.delete(agent, job.id)
  memory.held = undefined
  return {
    ...status,
    state: 'Pending',
    message: `it ended (${reason}) before its time; it is put again`,
  }
}

/** A job that was put with more time than its Trace has now does not end by itself. */
async function end(
  { api, agent, memory, job, generation }: VisitOptions,
  status: NodeStatus,
): Promise<NodeStatus> {
  if (memory.held === undefined || memory.held.generation === generation) return status
  await api.delete(agent, job.id)
  return { ...status, state: 'Complete', reason: 'Duration' }
}

function needsPut({ memory: { held }, agent, generation, nowMs }: VisitOptions): boolean {
  if (!held || held.endpoint !== agent.endpoint || held.generation !== generation) return true
  return nowMs - held.putMs >= RENEWAL_MS
}

/** Puts the job; another one of the same id goes, unless it is this one as it was put before a restart of the controller. */
async function put(options: VisitOptions): Promise<void> {
  const { api, agent, memory, generation, nowMs, job } = options
  const before = memory.held?.generation === generation ? memory.held.spec : undefined
  const isRestarted = memory.held === undefined
  let spec = before ?? options.spec
  const ensure = () => api.ensure(agent, { ...job, spec, leaseMs: LEASE_MS })
  if ((await ensure()) === 'other') {
    const there = (await api.get(agent, job.id))?.traceSpec.spec
    if (there && isRestarted && isSameButLimits(there, spec)) spec = there
    else await api.delete(agent, job.id)
    if ((await ensure()) === 'other')
      throw new AgentRefusal('busy', 'the agent has another job of this id, which does not go')
  }
  memory.held = { endpoint: agent.endpoint, generation, spec, putMs: nowMs }
}

/** Rests of time and budget depend on when a job was put. */
function isSameButLimits(a: TraceSpec, b: TraceSpec): boolean {
  const without = ({ duration: _, budget: __, ...rest }: TraceSpec) => JSON.parse(JSON.stringify(rest))
  return isDeepStrictEqual(without(a), without(b))
}

/** Counts of an earlier job of the node, which its agent has forgotten, are kept. */
function toCounted(options: VisitOptions, found: JobStatus): NodeStatus {
  const { before } = options
  const isSame = before?.startTime === undefined || before.startTime === found.startTime
  const earlier = isSame
    ? (before?.earlier ?? { calls: 0, lost: 0 })
    : { calls: before.calls ?? 0, lost: before.lost ?? 0 }
  const lost = Object.values(found.lost).reduce((sum, calls) => sum + calls, 0)
  return {
    ...toStatus(options, found.state, found.message),
    startTime: found.startTime,
    matched: found.matchedTotal,
    calls: toCount(earlier.calls + found.calls),
    lost: toCount(earlier.lost + lost),
    ...(lost > 0 && { losses: found.lost }),
    ...(earlier.calls + earlier.lost > 0 && { earlier }),
  }
}

/** With the counts of before. */
function toStatus({ agent, job, before }: VisitOptions, state: NodeState, message?: string): NodeStatus {
  const { message: _, reason: __, ...counts } = before ?? {}
  return {
    ...counts,
    node: agent.node,
    endpoint: agent.endpoint,
    job: job.id,
    state,
    ...(message !== undefined && { message: toMessage(message) }),
  }
}
