/** A trace by a job on every agent that can be reached, which goes with this process. Nodes that come get it as well. */
import type { Place } from '../../client/client.ts'
import { SwollClient } from '../../client/client.ts'
import { type Agent, describeAgent } from '../../client/cluster/agent.ts'
import type { ClusterAgents } from '../../client/cluster/connect.ts'
import type { Reached } from '../../client/cluster/reach.ts'
import type { Merger } from '../../client/merge.ts'
import type { TraceSpec } from '../../trace/api/spec.ts'
import { OneshotJob } from '../client/oneshot.ts'
import { describeWays } from './report.ts'

interface AgentTraceOptions {
  readonly agents: ClusterAgents
  readonly place: Place
  readonly name: string
  readonly spec: TraceSpec
  readonly merger: Merger
  readonly abort: AbortSignal
  readonly say: (text: string) => void
}

export class AgentTrace implements AsyncDisposable {
  readonly #options: AgentTraceOptions
  readonly #job: OneshotJob
  /** Agents that have the job, or are being asked. */
  readonly #known = new Set<string>()
  /** Agents that did not take it, by name, with why. */
  readonly failures = new Map<string, Error>()

  constructor(options: AgentTraceOptions) {
    this.#options = options
    const { name, place, spec, say } = options
    this.#job = new OneshotJob({ id: name, name, place, spec }, say)
  }

  /** Resolves when all have been asked; what they trace goes to the merger. */
  async start(reached: readonly Reached[]): Promise<void> {
    await Promise.all(reached.map(each => this.#startOn(each)))
  }

  /** Gives the job to agents that come later, until `abort`. */
  async followAgents(): Promise<void> {
    const { agents, say } = this.#options
    await agents.follow(
      found => void this.#startOnNew(found),
      error => say(error.message),
    )
  }

  async #startOnNew(found: readonly Agent[]): Promise<void> {
    const { agents, say } = this.#options
    const fresh = found.filter(agent => agent.isReady && !this.#known.has(describeAgent(agent)))
    const reached = await agents.reachAll(fresh, error => say(error.message))
    const late = reached.filter(({ agent }) => !this.#known.has(describeAgent(agent)))
    await this.start(late)
    if (late.length > 0) say(`also traced by ${describeWays(late)}`)
  }

  async #startOn({ agent, options }: Reached): Promise<void> {
    const { abort, merger } = this.#options
    const name = describeAgent(agent)
    this.#known.add(name)
    const client = new SwollClient({ ...options, name })
    try {
      await this.#job.start({ name, client })
      const after = await client.startOf(this.#job.id, { abort })
      merger.add(name, client.watch(this.#job.id, { after, abort, whenMissing: 'retry' }))
    } catch (error) {
      if (abort.aborted) return
      this.failures.set(name, error as Error)
    }
  }

  /** Deletes the job everywhere; names of agents where that failed, which has been said. */
  delete(): Promise<readonly string[]> {
    return this.#job.delete()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete()
  }
}
