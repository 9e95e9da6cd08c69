/** Finds the agents of a cluster: by the EndpointSlices of their Service, else by the pods of their DaemonSet. */
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import { ApiError, type ApiObject } from '../../kubernetes/client/api-error.ts'
import { readJsonItems } from '../../kubernetes/client/json-stream.ts'
import {
  ListWatch,
  type ObjectSink,
  type RawObject,
  type Replacement,
} from '../../kubernetes/client/list-watch.ts'
import type { Clock } from '../../pipeline/clock.ts'
import {
  AGENT_LABELS,
  type Agent,
  type AgentPod,
  agentOfPod,
  agentsOfSlice,
  distinctAgents,
  type EndpointSlice,
} from './agent.ts'

/**
 * Where the chart is installed, if nothing else is said. Other namespaces are looked at only when they are named: whoever makes a Service with the
 * agents' labels in a namespace of their own would be shown the token of who looks.
 */
export const USUAL_NAMESPACE = 'swoll'
const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' }
const PODS = { group: '', version: 'v1', resource: 'pods' }

interface DiscoverOptions {
  readonly client: ApiClient
  /** Absent: `swoll`. */
  readonly namespace?: string | undefined
  readonly abort: AbortSignal
}

/** All that there are, ready or not; one for each node. Throws ApiError: the last refusal, if nothing may be listed. */
export async function discoverAgents(options: DiscoverOptions): Promise<Agent[]> {
  return (await discover(options)).agents
}

interface Found {
  readonly agents: Agent[]
  /** What was listed, for a watch from there on. */
  readonly object: ApiObject
}

async function discover({ client, namespace = USUAL_NAMESPACE, abort }: DiscoverOptions): Promise<Found> {
  let refusal: ApiError | undefined
  let empty: Found | undefined
  for (const kind of [SLICES, PODS]) {
    const object = { ...kind, namespace }
    try {
      const found = await list(client, object, abort)
      if (found.agents.length > 0) return found
      empty ??= found
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 403) throw error
      refusal ??= error
    }
  }
  if (empty === undefined) throw refusal
  return empty
}

async function list(client: ApiClient, object: ApiObject, abort: AbortSignal): Promise<Found> {
  const agents: Agent[] = []
  const query = { labelSelector: AGENT_LABELS }
  const body = await client.open({ verb: 'list', object, query, abort })
  await readJsonItems(body, item => void agents.push(...agentsOf(object, item)))
  return { agents: distinctAgents(agents), object }
}

function agentsOf({ resource }: ApiObject, item: unknown): Agent[] {
  if (resource === SLICES.resource) return agentsOfSlice(item as EndpointSlice)
  const agent = agentOfPod(item as AgentPod)
  return agent === undefined ? [] : [agent]
}

interface FollowOptions extends DiscoverOptions {
  readonly clock: Clock
  /** Told of what did not work; it is tried again. */
  readonly onFailure: (error: Error) => void
}

/**
 * Tells `onAgents` the agents now, before it resolves to what goes on telling until `abort`; each time all of them, and only when they have
 * changed. Throws what discoverAgents throws.
 */
export async function followAgents(
  options: FollowOptions,
  onAgents: (agents: readonly Agent[]) => void,
): Promise<{ readonly ended: Promise<void> }> {
  const { client, clock, abort, onFailure } = options
  const { agents, object } = await discover(options)
  onAgents(agents)
  const selectors = async () => ({ labelSelector: AGENT_LABELS })
  const watch = new ListWatch<RawObject>({ client, object, selectors, clock })
  const sink = new AgentSink(object, agents, { onAgents, onFailure })
  return { ended: watch.run(sink, abort) }
}

type Told = Pick<FollowOptions, 'onFailure'> & { readonly onAgents: (agents: readonly Agent[]) => void }

class AgentSink implements ObjectSink<RawObject> {
  readonly #object: ApiObject
  readonly #told: Told
  #byUid = new Map<string, readonly Agent[]>()
  #last: string

  constructor(object: ApiObject, agents: readonly Agent[], told: Told) {
    this.#object = object
    this.#told = told
    this.#last = JSON.stringify(agents)
  }

  replace(): Replacement<RawObject> {
    const listed = new Map<string, readonly Agent[]>()
    return {
      put: item => void listed.set(item.metadata.uid, agentsOf(this.#object, item)),
      commit: () => {
        this.#byUid = listed
        this.#tell()
      },
    }
  }

  put(item: RawObject): void {
    this.#byUid.set(item.metadata.uid, agentsOf(this.#object, item))
    this.#tell()
  }

  remove(uid: string): void {
    this.#byUid.delete(uid)
    this.#tell()
  }

  succeeded(): void {}

  failed(error: Error): void {
    this.#told.onFailure(error)
  }

  #tell(): void {
    const agents = distinctAgents([...this.#byUid.values()].flat())
    const text = JSON.stringify(agents)
    if (text === this.#last) return
    this.#last = text
    this.#told.onAgents(agents)
  }
}
