/** The agents of the cluster: those that EndpointSlices tell, or a list that was given. */

import type { Agent as FoundAgent } from '../client/cluster/agent.ts'
import { followAgents } from '../client/cluster/discover.ts'
import { decodeEndpoint, formatEndpoint } from '../client/endpoint.ts'
import type { ApiClient } from '../kubernetes/client/api-client.ts'
import type { Clock } from '../pipeline/clock.ts'
import { pause } from '../pipeline/pause.ts'
import type { Agent, AgentDirectory } from './agents.ts'

/** After a first look that failed. */
const RETRY_MS = 5000

/** Agents at these addresses, each for a node of that name. Throws USAGE_INVALID. */
export function givenAgents(
  endpoints: readonly string[],
  isTls: boolean,
  serverName?: string,
): AgentDirectory {
  const agents = endpoints.map(text => {
    const endpoint = decodeEndpoint(text, isTls)
    const node = formatEndpoint(endpoint)
    return { node, endpoint: `${endpoint.isTls ? 'https' : 'http'}://${node}`, serverName }
  })
  return { list: () => agents, run: async () => {} }
}

interface FoundOptions {
  readonly client: ApiClient
  /** The only one whose agents count: whoever can make them up elsewhere must not be shown the controller's token. */
  readonly service: { readonly namespace: string; readonly name: string }
  readonly serverName: string | undefined
  readonly clock: Clock
  readonly onFailure: (error: Error) => void
}

export function foundAgents(options: FoundOptions): AgentDirectory {
  const { client, service, serverName, clock, onFailure } = options
  const { namespace } = service
  let agents: readonly Agent[] | undefined
  return {
    list: () => agents,
    async run(onChange, abort) {
      const onAgents = (found: readonly FoundAgent[]) => {
        const own = found.filter(agent => agent.service === service.name)
        agents = onePerNode(own).map(agent => toAgent(agent, serverName))
        onChange()
      }
      while (!abort.aborted) {
        try {
          const { ended } = await followAgents({ client, namespace, clock, abort, onFailure }, onAgents)
          return await ended
        } catch (error) {
          if (!abort.aborted) onFailure(error as Error)
          await pause(clock, RETRY_MS, abort)
        }
      }
    },
  }
}

/** While an update runs a node may have two. */
function onePerNode(found: readonly FoundAgent[]): FoundAgent[] {
  const byNode = new Map<string, FoundAgent>()
  for (const agent of found) if (agent.isReady || !byNode.has(agent.node)) byNode.set(agent.node, agent)
  return [...byNode.values()]
}

function toAgent(
  { node, address, port, scheme, service, namespace }: FoundAgent,
  serverName?: string,
): Agent {
  const name = serverName ?? `${service}.${namespace}.svc`
  return { node, endpoint: `${scheme}://${formatEndpoint({ hostname: address, port })}`, serverName: name }
}
