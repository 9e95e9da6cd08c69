/** The agents that a command is for: those of `--endpoints`, else those of the cluster. */
import { SwollClient } from '../../client/client.ts'
import { clusterAccess } from '../../client/cluster/access.ts'
import { ClusterAgents } from '../../client/cluster/connect.ts'
import { USUAL_NAMESPACE } from '../../client/cluster/discover.ts'
import type { Reached } from '../../client/cluster/reach.ts'
import { decodeEndpoint } from '../../client/endpoint.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { type Agent, type Login, openAgent } from './agents.ts'
import type { TypedAgents } from './options.ts'

interface OpenOptions {
  readonly typed: { readonly [K in 'kubeconfig' | 'agentsNamespace' | 'ca']?: TypedAgents[K] | undefined }
  readonly login: Login
  /** Undefined: none were given. */
  readonly endpoints: readonly string[] | undefined
  readonly say: (text: string) => void
  readonly abort: AbortSignal
}

interface OpenedAgents {
  readonly agents: readonly Agent[]
  /** Agents of the cluster that could not be reached. */
  readonly unreached: number
}

/** At least one. Throws KUBERNETES_…, AGENT_UNREACHABLE, TLS_INVALID. */
export async function openAgents(options: OpenOptions): Promise<OpenedAgents> {
  const { endpoints, login } = options
  if (endpoints !== undefined)
    return { agents: endpoints.map(endpoint => openAgent(endpoint, login)), unreached: 0 }
  return openInCluster(options)
}

async function openInCluster({ typed, login, say, abort }: OpenOptions): Promise<OpenedAgents> {
  const access = await clusterAccess({ path: typed.kubeconfig }).catch(cause => {
    const message = `--endpoints: must be given where no cluster is at hand, got nothing (${(cause as Error).message})`
    throw new SwollError('USAGE_INVALID', message, { cause })
  })
  const { serverName, insecureSkipTlsVerify } = login
  const cluster = new ClusterAgents({
    access,
    namespace: typed.agentsNamespace,
    caFile: typed.ca,
    serverName,
    insecureSkipTlsVerify,
    clock: systemClock,
    abort,
  })
  try {
    const found = await cluster.find()
    if (found.length === 0)
      throw new SwollError(
        'AGENT_UNREACHABLE',
        `cluster: must have agents whose API is on in namespace ${typed.agentsNamespace ?? USUAL_NAMESPACE}, got none; switch it on in the chart, or give --agents-namespace or --endpoints`,
      )
    const reached = await cluster.reachAll(found, error => say(error.message))
    if (reached.length === 0)
      throw new SwollError(
        'AGENT_UNREACHABLE',
        `cluster: one of ${found.length} agents must be reachable, got none`,
      )
    say(describeWays(reached))
    return { agents: reached.map(each => toAgent(each, login)), unreached: found.length - reached.length }
  } finally {
    cluster.close()
  }
}

function toAgent({ agent, options }: Reached, { token }: Login): Agent {
  const name = agent.node
  const { hostname, port, isTls } = decodeEndpoint(options.endpoint)
  const client = new SwollClient({ ...options, ...(token !== undefined && { token }), name })
  return { client, name, address: { hostname, port, UseTLS: isTls } }
}

const WORDS = {
  direct: 'directly',
  proxy: 'through the API server',
  'port-forward': 'by port-forward',
} as const

/** `agents: node-a, node-b directly; node-c by port-forward`. */
function describeWays(reached: readonly Reached[]): string {
  const ways = Map.groupBy(reached, ({ way }) => way)
  const parts = [...ways].map(([way, all]) => `${all.map(each => each.agent.node).join(', ')} ${WORDS[way]}`)
  return `agents: ${parts.join('; ')}`
}
