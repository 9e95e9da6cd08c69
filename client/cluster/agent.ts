/** Agents of a cluster, as EndpointSlices and pods tell of them. */

/** Labels of the agents' Service and of their pods: those of the chart. */
export const AGENT_LABELS = 'app.kubernetes.io/name=swoll,app.kubernetes.io/component=agent'
/** Name of the API's port in both. */
const API_PORT = 'api'

export interface Agent {
  /** The namespace of its Service, or of its pod. */
  readonly namespace: string
  /** The node's name; that of the pod or the address where it is not told. */
  readonly node: string
  /** Absent: it is no pod, and reached directly only. */
  readonly pod?: string | undefined
  readonly address: string
  readonly port: number
  readonly scheme: 'https' | 'http'
  /** Name of the Service, which certificates bear, or of the DaemonSet, which is the same in the chart. */
  readonly service?: string | undefined
  readonly isReady: boolean
}

export interface EndpointSlice {
  readonly metadata: { readonly namespace: string; readonly labels?: Readonly<Record<string, string>> }
  readonly endpoints?: readonly Endpoint[] | null
  readonly ports?:
    | readonly { readonly name?: string; readonly port?: number; readonly appProtocol?: string }[]
    | null
}
interface Endpoint {
  readonly addresses: readonly string[]
  readonly conditions?: { readonly ready?: boolean }
  readonly nodeName?: string
  readonly targetRef?: { readonly kind?: string; readonly name?: string }
}

/** The agents of a slice: one for each endpoint, at its first address. None without a port `api`. */
export function agentsOfSlice({ metadata, endpoints, ports }: EndpointSlice): Agent[] {
  const api = ports?.find(({ name }) => name === API_PORT)
  if (api?.port === undefined) return []
  const { port, appProtocol } = api
  return (endpoints ?? []).flatMap(({ addresses, conditions, nodeName, targetRef }) => {
    const address = addresses[0]
    if (address === undefined) return []
    const pod = targetRef?.kind === 'Pod' ? targetRef.name : undefined
    return {
      namespace: metadata.namespace,
      node: nodeName ?? pod ?? address,
      pod,
      address,
      port,
      scheme: schemeOf(appProtocol),
      service: metadata.labels?.['kubernetes.io/service-name'],
      isReady: conditions?.ready ?? true,
    }
  })
}

export interface AgentPod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[]
  }
  readonly spec?: {
    readonly nodeName?: string
    readonly containers?: readonly {
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
    }[]
  }
  readonly status?: {
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/** Undefined: it has no address yet, or no port `api`. */
export function agentOfPod({ metadata, spec, status }: AgentPod): Agent | undefined {
  const ports = spec?.containers?.flatMap(container => container.ports ?? []) ?? []
  const port = ports.find(({ name }) => name === API_PORT)?.containerPort
  const address = status?.podIP
  if (port === undefined || address === undefined) return undefined
  return {
    namespace: metadata.namespace,
    node: spec?.nodeName ?? metadata.name,
    pod: metadata.name,
    address,
    port,
    scheme: 'https',
    service: metadata.ownerReferences?.find(({ kind }) => kind === 'DaemonSet')?.name,
    isReady: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
  }
}

/** One of each: with two families of addresses an agent is in two slices. In the order of their nodes. */
export function distinctAgents(agents: readonly Agent[]): Agent[] {
  const byName = new Map<string, Agent>()
  for (const agent of agents) {
    const name = `${agent.namespace}/${agent.pod ?? agent.node}`
    const other = byName.get(name)
    if (other === undefined || (agent.isReady && !other.isReady)) byName.set(name, agent)
  }
  return [...byName.values()].sort((a, b) => (a.node < b.node ? -1 : Number(a.node > b.node)))
}

function schemeOf(appProtocol: string | undefined): Agent['scheme'] {
  return appProtocol === 'http' ? 'http' : 'https'
}

/** `NODE (swoll/swoll-x7k2p)` */
export function describeAgent({ node, namespace, pod, address, port }: Agent): string {
  return `${node} (${pod === undefined ? `${address}:${port}` : `${namespace}/${pod}`})`
}
