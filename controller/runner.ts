/** A Trace that runs: its job on every agent, the Job whose log has the calls, and its status. */
import type { Agent } from './agents.ts'
import { type Context, nowOf } from './context.ts'
import { endOf, isSettled, type Outcome, outcomeOf, toJobSpec } from './decide.ts'
import { inTurn } from './in-turn.ts'
import { nodeMemoryOf, type TraceMemory } from './memory.ts'
import { AGAIN_MS, lookAfterReader } from './reader.ts'
import { jobIdOf, type ResourceSpec, type Trace } from './resource.ts'
import { toTraceStatus } from './status.ts'
import type { NodeStatus } from './status-fields.ts'
import { visit } from './visit.ts'
import { CONFLICT_MS, type Subject, writeStatus } from './write.ts'

/** Agents end a job by their own clocks: what they have counted by then is to be in the last status. */
const END_GRACE_MS = 2000
/** How often an agent is asked for its status; with many agents less often. */
const POLL = { leastMs: 10_000, perAgentMs: 100, mostMs: 60_000 }
const VISITS_AT_ONCE = 16

/** Milliseconds until the next look; undefined: something must change first. */
export async function run(
  context: Context,
  subject: Subject,
  spec: ResourceSpec,
): Promise<number | undefined> {
  const { trace, memory } = subject
  const nowMs = nowOf(context)
  const endMs = endOf(trace, spec)
  const isTimeOver = endMs !== undefined && nowMs >= endMs + END_GRACE_MS
  const agents = context.directory.list() ?? []
  await visitAll(context, subject, { agents, spec, endMs, isTimeOver })
  memory.generation = trace.metadata.generation ?? 0
  const nodes = nodesOf(memory, agents)
  const outcome = outcomeOf(nodes, agents, isTimeOver)
  if (nodes.some(({ startTime }) => startTime !== undefined)) memory.startedMs ??= nowOf(context)
  const isReadable = trace.status?.startTime !== undefined || memory.startedMs !== undefined
  const isReading = isReadable && !isTimeOver
  const job = isReading ? await lookAfterReader(context, subject, spec) : trace.status?.job
  const { readerProblem, startedMs } = memory
  const isAgentKnown = agents.length > 0
  const status = toTraceStatus({
    trace,
    nodes,
    outcome,
    job,
    readerProblem,
    isAgentKnown,
    startedMs,
    nowMs: nowOf(context),
  })
  if (!(await writeStatus(context, subject, status))) return CONFLICT_MS
  if (outcome) {
    tellOutcome(context, trace, outcome)
    return 0
  }
  const end = endOf({ ...trace, status }, spec)
  return nextMs(context, memory, { agents, end: end === undefined ? undefined : end + END_GRACE_MS })
}

interface Round {
  readonly agents: readonly Agent[]
  readonly spec: ResourceSpec
  readonly endMs: number | undefined
  readonly isTimeOver: boolean
}

async function visitAll(context: Context, { trace, memory }: Subject, round: Round): Promise<void> {
  const { agents, spec, endMs, isTimeOver } = round
  const job = { namespace: trace.metadata.namespace, name: trace.metadata.name, id: jobIdOf(trace) }
  const monotonicMs = context.clock.monotonicMs()
  const due = agents.filter(agent => {
    const status = memory.statuses.get(agent.node)
    if (isSettled(memory, trace, { agent, status })) return false
    const { held, nextMs } = nodeMemoryOf(memory, agent)
    const endpoint = held?.endpoint ?? status?.endpoint ?? agent.endpoint
    const isChanged = endpoint !== agent.endpoint || (held && held.generation !== trace.metadata.generation)
    if (isTimeOver) return status?.startTime !== undefined
    return isChanged || monotonicMs >= nextMs
  })
  await inTurn(due, VISITS_AT_ONCE, async agent => {
    const before = memory.statuses.get(agent.node)
    const status = await visit({
      api: context.agentApi,
      agent,
      memory: nodeMemoryOf(memory, agent),
      before,
      job,
      generation: trace.metadata.generation ?? 0,
      spec: toJobSpec(spec, endMs, { node: before, nowMs: nowOf(context) }),
      isEnding: isTimeOver,
      pollMs: pollMs(agents.length),
      nowMs: monotonicMs,
    })
    memory.statuses.set(agent.node, status)
  })
}

function pollMs(agents: number): number {
  return Math.min(POLL.mostMs, Math.max(POLL.leastMs, agents * POLL.perAgentMs))
}

/** By name; those without an agent are gone. */
function nodesOf(memory: TraceMemory, agents: readonly Agent[]): NodeStatus[] {
  const present = new Set(agents.map(({ node }) => node))
  for (const [name, node] of memory.statuses) {
    if (present.has(name)) continue
    memory.nodes.delete(name)
    const isSettled = node.state === 'Complete' || node.state === 'Failed' || node.state === 'Gone'
    if (!isSettled)
      memory.statuses.set(name, { ...node, state: 'Gone', message: 'the node has no agent any more' })
  }
  return [...memory.statuses.values()].sort((a, b) => (a.node < b.node ? -1 : 1))
}

function nextMs(
  context: Context,
  memory: TraceMemory,
  { agents, end }: { readonly agents: readonly Agent[]; readonly end: number | undefined },
): number | undefined {
  const monotonicMs = context.clock.monotonicMs()
  const waits = agents.flatMap(agent => {
    const state = memory.statuses.get(agent.node)?.state
    if (state === 'Complete' || state === 'Failed') return []
    return [Math.max(0, nodeMemoryOf(memory, agent).nextMs - monotonicMs)]
  })
  // A Job that goes while its making is remembered is made again after that.
  const readerMs = memory.readerMs + AGAIN_MS - monotonicMs
  if (readerMs > 0) waits.push(readerMs)
  if (end !== undefined) waits.push(Math.max(0, end - nowOf(context)))
  return waits.length === 0 ? undefined : Math.min(...waits)
}

function tellOutcome({ events }: Context, trace: Trace, { state, reason, message }: Outcome): void {
  if (state === 'Complete') events.record(trace, 'Normal', ['Completed', `Trace is complete (${reason})`])
  else events.record(trace, 'Warning', ['Failed', `${reason}: ${message ?? 'on all nodes'}`])
}
