/** Tries the ways to an agent, and remembers the one that works. */

import type { Access } from '../../kubernetes/client/access.ts'
import { onAbort } from '../../pipeline/abort.ts'
import type { Clock } from '../../pipeline/clock.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { ClientOptions } from '../options.ts'
import { type Agent, describeAgent } from './agent.ts'
import type { AgentLogin } from './login.ts'
import { type Trust, toClientOptions, WAYS, type Way, whyNot } from './ways.ts'

/** Longest that a way may take to answer: a network that drops packets says nothing. */
const LIMITS_MS: { readonly [W in Way]: number } = { direct: 2000, proxy: 10_000, 'port-forward': 15_000 }

export interface Reached {
  readonly agent: Agent
  readonly way: Way
  readonly options: ClientOptions
}

interface ReachOptions {
  readonly access: Access
  readonly login: AgentLogin
  readonly trust: Trust
  /** The ways that may be tried, in this order; absent: all. */
  readonly ways?: readonly Way[] | undefined
  readonly clock: Clock
  /** Asks the agent something that needs a login. Rejects if it cannot be reached so, or does not know who asks. */
  readonly probe: (options: ClientOptions, abort: AbortSignal) => Promise<void>
}

export class Reach {
  readonly #options: ReachOptions
  /** By agent: the way that worked last. */
  readonly #known = new Map<string, Way>()

  constructor(options: ReachOptions) {
    this.#options = options
  }

  /** The way that worked last is tried first. Throws AGENT_UNREACHABLE with what each way said. */
  async reach(agent: Agent, abort: AbortSignal): Promise<Reached> {
    const { access, login, trust, ways = WAYS } = this.#options
    const key = describeAgent(agent)
    const known = this.#known.get(key)
    const failures: string[] = []
    const order = known === undefined ? ways : [known, ...ways.filter(way => way !== known)]
    for (const way of order) {
      try {
        const options = await toClientOptions(way, { agent, access, login, trust })
        if (options === undefined) throw new Error(whyNot(way, agent))
        await this.#probe(way, options, abort)
        this.#known.set(key, way)
        return { agent, way, options }
      } catch (error) {
        if (abort.aborted) throw error
        failures.push(`${way}: ${(error as Error).message}`)
      }
    }
    throw new SwollError(
      'AGENT_UNREACHABLE',
      `agent ${key}: must be reachable, got\n${failures.map(failure => `  ${failure}`).join('\n')}`,
    )
  }

  /** All at the same time. Those that cannot be reached are told to `onFailure`. */
  async reachAll(
    agents: readonly Agent[],
    onFailure: (agent: Agent, error: Error) => void,
    abort: AbortSignal,
  ): Promise<Reached[]> {
    const all = await Promise.all(
      agents.map(agent =>
        this.reach(agent, abort).catch((error: Error) => {
          onFailure(agent, error)
          return undefined
        }),
      ),
    )
    return all.filter(reached => reached !== undefined)
  }

  async #probe(way: Way, options: ClientOptions, abort: AbortSignal): Promise<void> {
    using deadline = startDeadline(LIMITS_MS[way], this.#options.clock)
    const signal = AbortSignal.any([abort, deadline.signal])
    const { promise: late, reject } = Promise.withResolvers<never>()
    using _ = onAbort(signal, () => reject(new Error(`no answer for ${LIMITS_MS[way] / 1000} s`)))
    await Promise.race([this.#options.probe(options, signal), late])
  }
}
