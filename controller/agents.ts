/** The agents of the cluster: where they answer, and on which nodes. Types and the jobs they are asked for. */
import type { JobDocument, JobStatus } from '../trace/api/documents.ts'
import type { TraceSpec } from '../trace/api/spec.ts'

export interface Agent {
  /** The name of the node; of an agent given by its address alone, that address. */
  readonly node: string
  /** `https://HOST:PORT`. */
  readonly endpoint: string
  /** The name that its certificate must have; absent: the host of the endpoint. */
  readonly serverName?: string | undefined
}

/** A job as an agent is to have it. */
export interface AgentJob {
  readonly namespace: string
  readonly id: string
  /** The name of the Trace. */
  readonly name: string
  readonly spec: TraceSpec
  readonly leaseMs: number
}

/** All reject with AgentRefusal. */
export interface AgentApi {
  /** The agent has the job and its lease begins anew. `other`: it has one of this id that is to do something else. */
  ensure(agent: Agent, job: AgentJob): Promise<'new' | 'kept' | 'other'>
  /** Undefined: there is none. */
  get(agent: Agent, id: string): Promise<JobDocument | undefined>
  status(agent: Agent, id: string): Promise<JobStatus | undefined>
  /** There is none any more. */
  delete(agent: Agent, id: string): Promise<void>
}

/** Whether it is of use to ask again: an agent that cannot be reached now, that has no room now, or that will not. */
export type RefusalKind = 'unreachable' | 'busy' | 'refused'

export class AgentRefusal extends Error {
  readonly kind: RefusalKind
  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AgentRefusal'
    this.kind = kind
  }
}

/** The agents there are at the moment, and who is told when that changes. */
export interface AgentDirectory {
  /** Undefined: not known yet. */
  list(): readonly Agent[] | undefined
  /** Follows changes until aborted. */
  run(onChange: () => void, abort: AbortSignal): Promise<void>
}
