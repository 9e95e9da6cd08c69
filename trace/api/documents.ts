/** What the API of an agent says of its jobs. The names are those of the original swoll where it had them. */
import { z } from 'zod'
import { traceSpec } from './spec.ts'

export const GROUP = 'tools.swoll.criticalstack.com'
export const API_VERSION = `${GROUP}/v1alpha1` as const
export const KIND = 'Trace'

const time = z.string().describe('RFC 3339')
const count = z.int().min(0)
/** By reason: those of bpf/reasons.json, and `slow_client`, `restarted`. */
const losses = z.record(z.string(), count)

export const JOB_STATES = ['Pending', 'Running', 'Complete', 'Failed'] as const
/** Why a job is over. */
export const END_REASONS = ['Duration', 'Budget', 'Deleted', 'LeaseExpired', 'AgentStopped', 'Error'] as const

const traceStatus = z.object({
  state: z.enum(JOB_STATES),
  startTime: time.optional(),
  completionTime: time.optional(),
  job: z.string().describe('The id of the job'),
  reason: z.enum(END_REASONS).optional(),
  message: z.string().optional(),
})

/** A job in the form of a Trace resource. Without a namespace it is about the node. */
const traceObject = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(KIND),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    creationTimestamp: time,
    selfLink: z.string().describe('/jobs/ID'),
  }),
  spec: traceSpec,
  status: traceStatus,
})

export const job = z.object({
  id: z.string(),
  traceSpec: traceObject,
  monitoredHosts: z.array(z.string()).describe('CONTAINER.POD of every container whose calls came'),
})
export type JobDocument = z.output<typeof job>

/** The answer to a job that was created: the original says nothing of hosts here. */
export const createdJob = job.omit({ monitoredHosts: true })

const jobsById = z.record(z.string(), job)
export const jobList = z.object({ running: jobsById, completed: jobsById })
export type JobList = z.output<typeof jobList>

/** Null is what is not known, or does not apply: of what is in no container, the unit or the cgroup is told. */
const matchedContainer = z.object({
  namespace: z.string().nullable(),
  pod: z.string().nullable(),
  podUid: z.string().nullable(),
  container: z.string().nullable(),
  containerId: z.string().nullable(),
  unit: z.string().nullable().describe('systemd unit'),
  cgroup: z.string().nullable().describe('Where there is neither a container nor a unit'),
  calls: count,
  lost: losses,
})

export const jobStatus = z.object({
  id: z.string(),
  node: z.string().describe('The name of the node, or of the host'),
  run: z.string().describe('Sequence numbers count within a run; a restart of the agent begins another'),
  state: z.enum(JOB_STATES),
  reason: z.enum(END_REASONS).optional(),
  message: z.string().optional(),
  startTime: time,
  endsAt: time.optional().describe('When its duration is over, or its lease if it is not renewed'),
  completionTime: time.optional(),
  matched: z.array(matchedContainer).describe('Whose calls came, or were lost; at most 1,000'),
  matchedTotal: count,
  calls: count.describe('Calls that were traced'),
  bytes: count.describe('Bytes of their JSON'),
  lost: losses,
  callsPerSecond: z.number().min(0).describe('Over the last ten seconds'),
  clients: count.describe('Who is watching now'),
  // An older agent does not say.
  sent: count
    .default(0)
    .describe('Messages that went to clients, each counted for each of them, since the agent began'),
  missed: losses.default({}).describe('Messages that clients missed, by reason, since the agent began'),
  seq: z.object({ first: count, last: count }).describe('The numbers of what the buffer holds'),
  cost: z.object({
    encodingSeconds: z.number().min(0).describe('Time of the processor to make JSON of the calls'),
    bufferBytes: count,
  }),
})
export type JobStatus = z.output<typeof jobStatus>

export const apiError = z.object({
  error: z.string(),
  problems: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('Every mistake of a request'),
})
export type ApiErrorDocument = z.output<typeof apiError>

/** `GET /pods`: the pods of this node whose namespace the caller may trace. */
export const podList = z.object({
  node: z.string(),
  pods: z.array(
    z.object({
      namespace: z.string(),
      name: z.string(),
      uid: z.string(),
      labels: z.record(z.string(), z.string()),
      containers: z.array(z.object({ name: z.string(), id: z.string() })),
      optedOut: z.boolean(),
    }),
  ),
})
export type PodList = z.output<typeof podList>

/** `GET /syscalls`: the catalogue. */
export const syscallList = z.object({
  syscalls: z.array(
    z.object({
      name: z.string(),
      class: z.string(),
      group: z.string(),
      nr: z.record(z.string(), count).describe('Number by ABI'),
    }),
  ),
  classes: z.array(z.string()),
  groups: z.array(z.string()),
})
export type SyscallList = z.output<typeof syscallList>
