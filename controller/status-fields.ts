/** The status of a Trace resource. */
import { z } from 'zod'
import { JOB_STATES } from '../trace/api/documents.ts'

const time = z.iso.datetime()
const count = z.int().min(0)

/** `Gone`: the cluster has no such agent any more. */
const NODE_STATES = [...JOB_STATES, 'Unreachable', 'Gone'] as const
export type NodeState = (typeof NODE_STATES)[number]

const condition = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: time,
  observedGeneration: count.optional(),
})
export type Condition = z.output<typeof condition>

const node = z.object({
  node: z.string().describe('The name of the node, or the address of an agent that has not told it'),
  endpoint: z.string().describe('Where the agent answers, as https://HOST:PORT'),
  job: z.string().describe('The id of the job on the agent'),
  state: z.enum(NODE_STATES),
  startTime: time.optional(),
  matched: count.optional().describe('Containers whose calls came, of this agent'),
  calls: count.optional().describe('Calls that were traced'),
  lost: count.optional().describe('Calls that were lost'),
  losses: z.record(z.string(), count).optional().describe('The same by reason'),
  earlier: z
    .object({ calls: count, lost: count })
    .optional()
    .describe('The part of them that is of former jobs, as after a restart of the agent'),
  reason: z.string().optional().describe('Why the job is over'),
  message: z.string().optional(),
})
export type NodeStatus = z.output<typeof node>

export const traceStatus = z.object({
  observedGeneration: count.optional(),
  state: z.enum(JOB_STATES).optional(),
  reason: z.string().optional().describe('Why it is in this state'),
  message: z.string().optional(),
  startTime: time.optional(),
  completionTime: time.optional(),
  job: z.string().optional().describe('The Job whose log has the calls'),
  matched: count.optional().describe('Containers whose calls came, on all nodes'),
  calls: count.optional().describe('Calls that were traced, on all nodes'),
  lost: count.optional().describe('Calls that were lost, on all nodes'),
  conditions: z.array(condition).optional(),
  nodes: z.array(node).optional().describe('By the name of the node; at most 2,000'),
  lastScheduleTime: time.optional(),
  nextScheduleTime: time.optional(),
  active: z.array(z.string()).optional().describe('Traces of the schedule that run'),
})
export type TraceStatus = z.output<typeof traceStatus>
