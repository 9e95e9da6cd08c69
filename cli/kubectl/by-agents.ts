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
  /** Agents that have the job, or are being asked, by name; each with what ends its stream. */
  readonly #known = new Map<string, AbortController>()
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
      found => {
        this.#leaveGone(found)
        void this.#startOnNew(found)
      },
      error => say(error.message),
    )
  }

  /** A pod that was replaced comes back under another name: nobody needs to wait for it. */
  #leaveGone(found: readonly Agent[]): void {
    const names = new Set(found.map(describeAgent))
    for (const [name, stream] of this.#known) {
      if (names.has(name) || stream.signal.aborted) continue
      stream.abort()
      this.failures.delete(name)
      this.#options.say(`${name}: the agent has gone`)
    }
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
    const gone = new AbortController()
    this.#known.set(name, gone)
    const client = new SwollClient({ ...options, name })
    try {
      await this.#job.start({ name, client })
      const after = await client.startOf(this.#job.id, { abort })
      const ends = AbortSignal.any([abort, gone.signal])
      merger.add(name, client.watch(this.#job.id, { after, abort: ends, whenMissing: 'retry' }))
    } catch (error) {
      if (abort.aborted) return
      this.failures.set(name, error as Error)
    }
  }

  /** Deletes the job everywhere; names of agents where that failed, which has been said, less those that have gone. */
  async delete(): Promise<readonly string[]> {
    const failed = await this.#job.delete()
    return failed.filter(name => !this.#known.get(name)?.signal.aborted)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete()
  }
}
