/** The status of a Trace, from what its nodes say. */
import { isDeepStrictEqual } from 'node:util'
import { toCount } from './checked-status.ts'
import type { Outcome } from './decide.ts'
import type { Trace } from './resource.ts'
import type { Condition, NodeStatus, TraceStatus } from './status-fields.ts'

/** A status has to fit into an object of etcd: 1.5 MiB. */
const MOST_NODES = 2000
/** Nodes that a message names. */
const MOST_NAMED = 3

interface StatusInput {
  readonly trace: Trace
  readonly nodes: readonly NodeStatus[]
  /** Absent: it goes on. */
  readonly outcome?: Outcome | undefined
  /** The name of the Job; absent: there is none. */
  readonly job?: string | undefined
  readonly readerProblem?: string | undefined
  readonly isAgentKnown: boolean
  /** When the first agent took it; undefined: none has. */
  readonly startedMs: number | undefined
  /** Since 1970. */
  readonly nowMs: number
}

export function toTraceStatus(input: StatusInput): TraceStatus {
  const { trace, outcome, job, startedMs, nowMs } = input
  const { metadata, status: before = {} } = trace
  const sum = (key: 'matched' | 'calls' | 'lost') =>
    toCount(input.nodes.reduce((all, node) => all + (node[key] ?? 0), 0))
  const startTime = before.startTime ?? (startedMs === undefined ? undefined : rfc3339(startedMs))
  const hasStarted = startTime !== undefined
  const state = outcome?.state ?? (hasStarted ? 'Running' : 'Pending')
  return {
    observedGeneration: metadata.generation ?? 0,
    state,
    ...(outcome && { reason: outcome.reason, ...(outcome.message && { message: outcome.message }) }),
    ...(startTime !== undefined && { startTime }),
    ...(outcome && { completionTime: rfc3339(nowMs) }),
    ...(job !== undefined && { job }),
    matched: sum('matched'),
    calls: sum('calls'),
    lost: sum('lost'),
    conditions: mergeConditions(before.conditions, conditionsOf(input, hasStarted), trace, nowMs),
    nodes: input.nodes.slice(0, MOST_NODES),
  }
}

/** A Trace that cannot be run. */
export function toRefusedStatus(trace: Trace, problems: readonly string[], nowMs: number): TraceStatus {
  const message = problems.join('; ')
  const conditions: NewCondition[] = [['Accepted', false, 'InvalidSpec', message]]
  const nodes = trace.status?.nodes?.map(node =>
    node.state === 'Running' || node.state === 'Pending'
      ? { ...node, state: 'Failed' as const, message: 'the specification is wrong' }
      : node,
  )
  return {
    ...trace.status,
    ...(nodes && { nodes }),
    observedGeneration: trace.metadata.generation ?? 0,
    state: 'Failed',
    reason: 'InvalidSpec',
    message,
    completionTime: rfc3339(nowMs),
    conditions: mergeConditions(trace.status?.conditions, conditions, trace, nowMs),
  }
}

export type NewCondition = readonly [type: string, is: boolean, reason: string, message: string]

function conditionsOf(input: StatusInput, hasStarted: boolean): NewCondition[] {
  const { nodes, outcome, isAgentKnown, readerProblem } = input
  const bad = nodes.filter(({ state }) => state === 'Failed' || state === 'Unreachable')
  const scheduled: NewCondition = hasStarted
    ? [
        'Scheduled',
        true,
        'Started',
        `on ${nodes.filter(({ startTime }) => startTime).length} of ${nodes.length} nodes`,
      ]
    : isAgentKnown
      ? ['Scheduled', false, 'Pending', 'no agent has taken it yet']
      : ['Scheduled', false, 'NoAgents', 'there are no agents; install them with their API on']
  const problems = [...(readerProblem ? [readerProblem] : []), ...(bad.length > 0 ? [nameNodes(bad)] : [])]
  return [
    ['Accepted', true, 'Valid', 'the specification is right'],
    scheduled,
    problems.length > 0
      ? ['Degraded', true, readerProblem ? 'Reader' : 'Nodes', problems.join('; ')]
      : ['Degraded', false, 'Healthy', ''],
    outcome
      ? ['Complete', outcome.state === 'Complete', outcome.reason, outcome.message ?? '']
      : ['Complete', false, 'Running', ''],
  ]
}

function nameNodes(nodes: readonly NodeStatus[]): string {
  const named = nodes.slice(0, MOST_NAMED).map(({ node, message }) => `${node}: ${message ?? 'failed'}`)
  const more = nodes.length - named.length
  return [...named, ...(more > 0 ? [`and ${more} more nodes`] : [])].join('; ')
}

/** With the time at which each last changed. */
export function mergeConditions(
  before: readonly Condition[] = [],
  now: readonly NewCondition[],
  { metadata }: Trace,
  nowMs: number,
): Condition[] {
  return now.map(([type, is, reason, message]) => {
    const old = before.find(condition => condition.type === type)
    const status = is ? 'True' : 'False'
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : rfc3339(nowMs)
    return { type, status, reason, message, lastTransitionTime, observedGeneration: metadata.generation ?? 0 }
  })
}

/** Whether a write would change nothing. */
export function isSameStatus(a: TraceStatus | undefined, b: TraceStatus): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a ?? null)), JSON.parse(JSON.stringify(b)))
}

/** Seconds, as Kubernetes has times. */
export function rfc3339(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`
}
