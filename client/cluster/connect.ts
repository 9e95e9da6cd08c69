/** The agents of a cluster, found and reached: what commands need of this folder. */
import { readFile } from 'node:fs/promises'
import type { Access } from '../../kubernetes/client/access.ts'
import { ApiClient } from '../../kubernetes/client/api-client.ts'
import { ApiError } from '../../kubernetes/client/api-error.ts'
import type { Clock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { SwollClient } from '../client.ts'
import type { Agent } from './agent.ts'
import { discoverAgents, followAgents } from './discover.ts'
import { createLogin, type ServiceAccount } from './login.ts'
import { Reach, type Reached } from './reach.ts'
import type { Trust, Way } from './ways.ts'

interface ClusterOptions {
  readonly access: Access
  /** Where agents are; absent: `swoll`. */
  readonly namespace?: string | undefined
  readonly serviceAccount?: ServiceAccount | undefined
  /** The file of the agents' authority; absent: the ConfigMap `SERVICE-ca` of the chart, if it may be read. */
  readonly caFile?: string | undefined
  readonly serverName?: string | undefined
  readonly insecureSkipTlsVerify?: boolean | undefined
  readonly ways?: readonly Way[] | undefined
  readonly clock: Clock
  readonly abort: AbortSignal
}

/** Told of what goes wrong beside the work: an agent that cannot be reached, a list that fails. */
type OnFailure = (error: Error) => void

export class ClusterAgents {
  readonly client: ApiClient
  readonly #options: ClusterOptions
  #reach: Promise<Reach> | undefined

  constructor(options: ClusterOptions) {
    this.#options = options
    this.client = new ApiClient(options.access)
  }

  /** All that there are, ready or not. Throws ApiError if none may be listed. */
  find(): Promise<Agent[]> {
    return discoverAgents({ ...this.#options, client: this.client })
  }

  /** Those of `agents` that can be reached, each with how. Throws what there is against the login. */
  async reachAll(agents: readonly Agent[], onFailure: OnFailure): Promise<Reached[]> {
    if (agents.length === 0) return []
    this.#reach ??= this.#prepare(agents[0]!)
    const reach = await this.#reach
    return reach.reachAll(agents, (_, error) => onFailure(error), this.#options.abort)
  }

  /** Tells of the agents now, and whenever they have changed, until `abort`. */
  follow(
    onAgents: (agents: readonly Agent[]) => void,
    onFailure: OnFailure,
  ): Promise<{ readonly ended: Promise<void> }> {
    return followAgents({ ...this.#options, client: this.client, onFailure }, onAgents)
  }

  close(): void {
    this.client.close()
  }

  async #prepare(first: Agent): Promise<Reach> {
    const { access, ways, clock, serviceAccount, abort } = this.#options
    const monotonicMs = () => clock.monotonicMs()
    const login = await createLogin({ access, client: this.client, serviceAccount, monotonicMs, abort })
    const probe = async (options: ConstructorParameters<typeof SwollClient>[0], signal: AbortSignal) => {
      await new SwollClient({ ...options, clock }).jobs({ abort: signal })
    }
    return new Reach({ access, login, trust: await this.#trust(first), ways, clock, probe })
  }

  async #trust(agent: Agent): Promise<Trust> {
    const { caFile, serverName, insecureSkipTlsVerify } = this.#options
    const ca = caFile === undefined ? await this.#publishedCa(agent) : await readCa(caFile)
    return { ca, serverName, insecureSkipTlsVerify }
  }

  /** Undefined: there is none, or it may not be read. */
  async #publishedCa({ service, namespace }: Agent): Promise<string | undefined> {
    if (service === undefined) return undefined
    const object = { group: '', version: 'v1', resource: 'configmaps', namespace, name: `${service}-ca` }
    const { abort } = this.#options
    try {
      type ConfigMap = { readonly data?: { readonly 'ca.crt'?: string } }
      return (await this.client.send<ConfigMap>({ verb: 'get', object, abort })).data?.['ca.crt']
    } catch (error) {
      if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return undefined
      throw error
    }
  }
}

async function readCa(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new SwollError(
      'TLS_INVALID',
      `--ca: must be a file that can be read, got "${path}" (${cause.code})`,
      { cause },
    )
  })
}
