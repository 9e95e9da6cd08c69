/** Agents in memory: jobs with leases and durations by a clock, agents that do not answer, start anew, come and go. */
import {
  type Agent,
  type AgentApi,
  type AgentDirectory,
  type AgentJob,
  AgentRefusal,
} from '../../../controller/agents.ts'
import type { Clock } from '../../../pipeline/clock.ts'
import { API_VERSION, type JobDocument, type JobStatus, KIND } from '../../../trace/api/documents.ts'
import { durationOf } from '../../../trace/api/fields.ts'
import type { TraceSpec } from '../../../trace/api/spec.ts'

interface RunningJob {
  readonly spec: TraceSpec
  readonly name: string
  readonly namespace: string
  readonly startMs: number
  leaseEndMs: number
  calls: number
  over?: NonNullable<JobStatus['reason']> | undefined
  overMs: number
}

class FakeAgent implements Agent {
  readonly node: string
  readonly endpoint: string
  readonly jobs = new Map<string, RunningJob>()
  isUp = true
  /** The reason why jobs are refused for ever. */
  refusal: string | undefined
  isFull = false

  constructor(node: string, host: string) {
    this.node = node
    this.endpoint = `https://${host}:9096`
  }

  /** Jobs that run, by the clock. */
  running(nowMs: number): string[] {
    settle(this, nowMs)
    return [...this.jobs].filter(([, job]) => job.over === undefined).map(([id]) => id)
  }

  restart(): void {
    for (const [id, { spec, over }] of [...this.jobs])
      if (!spec.persistent || over !== undefined) this.jobs.delete(id)
  }
}

function settle({ jobs }: FakeAgent, nowMs: number): void {
  for (const [id, job] of [...jobs]) {
    const endMs = job.spec.duration === undefined ? Infinity : job.startMs + durationOf(job.spec.duration)
    const firstMs = Math.min(endMs, job.leaseEndMs)
    if (job.over === undefined && nowMs >= firstMs) {
      job.over = firstMs === endMs ? 'Duration' : 'LeaseExpired'
      job.overMs = firstMs
    }
    const ttl = job.spec.ttlSecondsAfterFinished ?? 3600
    if (job.over !== undefined && nowMs - job.overMs > ttl * 1000) jobs.delete(id)
  }
}

export class FakeAgents implements AgentDirectory {
  readonly #clock: Clock
  readonly agents = new Map<string, FakeAgent>()
  readonly #told = new Set<() => void>()
  requests = 0
  #listed: readonly FakeAgent[] = []
  /** Asked for each request: whether it fails before, or after it was done. */
  fault: () => 'none' | 'before' | 'after' = () => 'none'

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(node: string, host = node): FakeAgent {
    const agent = new FakeAgent(node, host)
    this.agents.set(node, agent)
    this.#changed()
    return agent
  }

  remove(node: string): void {
    this.agents.delete(node)
    this.#changed()
  }

  list(): readonly Agent[] {
    return this.#listed
  }

  run(onChange: () => void, abort: AbortSignal): Promise<void> {
    this.#told.add(onChange)
    return new Promise(resolve =>
      abort.addEventListener('abort', () => {
        this.#told.delete(onChange)
        resolve()
      }),
    )
  }

  api(isDead: () => boolean = () => false): AgentApi {
    const asked = async <T>(agent: Agent, act: (agent: FakeAgent) => T): Promise<T> => {
      if (isDead()) return new Promise(() => {})
      this.requests++
      await Promise.resolve()
      if (isDead()) return new Promise(() => {})
      const fault = this.fault()
      const found = this.agents.get(agent.node)
      if (!found?.isUp || fault === 'before') throw new AgentRefusal('unreachable', 'no answer')
      settle(found, this.#clock.monotonicMs())
      const answer = act(found)
      if (fault === 'after') throw new AgentRefusal('unreachable', 'cut off')
      return answer
    }
    return {
      ensure: (agent, job) => asked(agent, found => this.#ensure(found, job)),
      get: (agent, id) => asked(agent, ({ jobs }) => toDocument(id, jobs.get(id))),
      status: (agent, id) => asked(agent, found => this.#status(found, id)),
      delete: (agent, id) => asked(agent, ({ jobs }) => void jobs.delete(id)),
    }
  }

  #ensure(agent: FakeAgent, { id, name, namespace, spec, leaseMs }: AgentJob): 'new' | 'kept' | 'other' {
    if (agent.refusal !== undefined) throw new AgentRefusal('refused', agent.refusal)
    const nowMs = this.#clock.monotonicMs()
    const there = agent.jobs.get(id)
    if (there) {
      if (JSON.stringify(there.spec) !== JSON.stringify(spec)) return 'other'
      there.leaseEndMs = nowMs + leaseMs
      return 'kept'
    }
    if (agent.isFull) throw new AgentRefusal('busy', 'limits: no room')
    agent.jobs.set(id, {
      spec,
      name,
      namespace,
      startMs: nowMs,
      leaseEndMs: nowMs + leaseMs,
      calls: 0,
      overMs: 0,
    })
    return 'new'
  }

  #status({ node, jobs }: FakeAgent, id: string): JobStatus | undefined {
    const job = jobs.get(id)
    if (!job) return undefined
    const startTime = new Date(1_700_000_000_000 + job.startMs).toISOString()
    const state = job.over === undefined ? 'Running' : job.over === 'Error' ? 'Failed' : 'Complete'
    return {
      id,
      node,
      run: 'r',
      state,
      ...(job.over && { reason: job.over }),
      startTime,
      matched: [],
      matchedTotal: 1,
      calls: job.calls,
      bytes: 0,
      lost: job.calls > 0 ? { output_full: 1 } : {},
      callsPerSecond: 0,
      clients: 0,
      seq: { first: 1, last: 1 },
      sent: 0,
      missed: {},
      cost: { encodingSeconds: 0, bufferBytes: 0 },
    }
  }

  /** The cluster's own knowledge comes late. */
  #changed(): void {
    this.#clock.after(300, () => {
      this.#listed = [...this.agents.values()]
      for (const tell of this.#told) tell()
    })
  }
}

function toDocument(id: string, job: RunningJob | undefined): JobDocument | undefined {
  if (!job) return undefined
  const { namespace, name, spec } = job
  const metadata = { name, namespace, creationTimestamp: '', selfLink: `/jobs/${id}` }
  const status = { state: 'Running', job: id } as const
  return {
    id,
    monitoredHosts: [],
    traceSpec: { apiVersion: API_VERSION, kind: KIND, metadata, spec, status },
  }
}
