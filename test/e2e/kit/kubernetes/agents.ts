/** A cluster of several nodes, each with an agent, found by a Service as that of the chart. */
import type { Pair } from '../../../kit/certificates.ts'
import type { Api, ApiObject } from './api.ts'
import { renderChart } from './chart.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { buildImage } from './image.ts'
import { type Node, startNode } from './node.ts'
import { bundleSwoll } from './swoll-image.ts'
import { API_PORT, TraceAgent, type TraceAgentOptions } from './trace-agent.ts'
import { waitFor } from './wait.ts'

/** Namespace and name of the Service of the agents. */
export const SERVICE = { namespace: 'swoll', name: 'swoll' } as const
/** The name that the certificate of every agent has. */
export const SERVER_NAME = `${SERVICE.name}.${SERVICE.namespace}.svc`
const LABELS = { 'app.kubernetes.io/name': 'swoll', 'app.kubernetes.io/component': 'agent' }
const INSTALLED = /^(ServiceAccount|CustomResourceDefinition|(Cluster)?Role(Binding)?)$/
const PORTS = [{ name: 'api', port: API_PORT, protocol: 'TCP' }]

interface AgentSettings extends Omit<TraceAgentOptions, 'serving' | 'kubeconfig'> {
  /** Nodes know an image of swoll, for pods that run its commands. */
  readonly withImage?: boolean
}

export class AgentCluster implements AsyncDisposable {
  readonly cluster: Cluster
  readonly #serving: Pair
  readonly #settings: AgentSettings
  /** The image of swoll, for pods that run its commands. */
  #image: string | undefined
  readonly #agents = new Map<string, TraceAgent>()
  readonly #stack = new AsyncDisposableStack()

  private constructor(cluster: Cluster, settings: AgentSettings) {
    this.cluster = this.#stack.use(cluster)
    this.#settings = settings
    this.#serving = cluster.authority.sign('agents', `DNS:${SERVER_NAME}`)
  }

  /** Resolves when so many nodes are ready, and their agents serve. */
  static async start(
    nodes: number,
    { withImage = false, ...settings }: AgentSettings = {},
  ): Promise<AgentCluster> {
    const all = new AgentCluster(await startCluster(), settings)
    try {
      await all.#install()
      if (withImage) all.#image = buildImage(all.cluster.folder, await bundleSwoll(all.cluster.folder))
      for (let n = 1; n <= nodes; n++) await all.addNode(`node-${n}`)
    } catch (error) {
      process.stderr.write(all.logs())
      await all[Symbol.asyncDispose]()
      throw error
    }
    return all
  }

  /** What the chart makes but for what runs: rights, accounts, and the kind Trace. */
  async #install(): Promise<void> {
    await createNamespace(this.api, SERVICE.namespace)
    const objects = renderChart({ api: { enabled: true }, controller: { enabled: true } })
    for (const object of objects) if (INSTALLED.test(object.kind)) await this.api.apply(object)
    await this.api.create(toService())
    await waitFor('the kind', () => this.api.get('/apis/tools.swoll.criticalstack.com/v1alpha1/traces'))
  }

  /** A token of an account of the chart: `swoll` of the agents, `swoll-controller`. */
  tokenOf(account: string): Promise<string> {
    return this.cluster.token(SERVICE.namespace, account)
  }

  get api(): Api {
    return this.cluster.api
  }

  get agents(): TraceAgent[] {
    return [...this.#agents.values()]
  }

  get nodes(): Node[] {
    return this.agents.map(({ node }) => node)
  }

  /** The agent on the node of this name. */
  agentOn(name: string): TraceAgent {
    const agent = this.#agents.get(name)
    if (agent === undefined) throw new Error(`no agent on ${name}`)
    return agent
  }

  async addNode(name: string): Promise<Node> {
    const node = this.#stack.use(await startNode(this.cluster, { name }))
    if (this.#image !== undefined) node.importArchive(this.#image)
    const kubeconfig = this.cluster.kubeconfigWith({ token: await this.tokenOf('swoll') })
    const options = { ...this.#settings, serving: this.#serving, kubeconfig }
    this.#agents.set(name, this.#stack.use(await TraceAgent.start(this.cluster, node, options)))
    await this.#publish()
    return node
  }

  /** Ends all that runs on the node at once, and has the cluster forget it. */
  async removeNode(name: string): Promise<void> {
    const agent = this.agentOn(name)
    this.#agents.delete(name)
    await agent.kill()
    await agent.node.stop()
    await this.api.delete(`/api/v1/nodes/${name}`)
    await this.#publish()
  }

  /** The ends of all logs, for when a test fails. */
  logs(): string {
    const logs = this.agents.map(({ node, log }) => `--- agent of ${node.name}\n${log.slice(-4000)}\n`)
    return [this.cluster.logs(), ...logs].join('')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }

  async #publish(): Promise<void> {
    const endpoints = this.agents.map(({ node }) => ({
      addresses: [node.ownAddress],
      nodeName: node.name,
      conditions: { ready: true },
    }))
    await this.api.apply({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        ...SERVICE,
        labels: { ...LABELS, 'kubernetes.io/service-name': SERVICE.name },
      },
      addressType: 'IPv4',
      ports: PORTS,
      endpoints,
    } as ApiObject)
  }
}

/** Resolves when pods can be made there. */
export async function createNamespace(api: Api, name: string): Promise<void> {
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await waitFor('its account', () => api.get(`/api/v1/namespaces/${name}/serviceaccounts/default`))
}

function toService(): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...SERVICE, labels: LABELS },
    spec: { clusterIP: 'None', ports: PORTS },
  }
}
