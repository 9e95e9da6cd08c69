/**
 * The ways to an agent, for real: the API server's proxy, the kubelet's port-forward, and none between. The agent is a pod in the host's
 * network, and this process answers at its port.
 */
import { once } from 'node:events'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { discoverAgents } from '../../../client/cluster/discover.ts'
import { createLogin } from '../../../client/cluster/login.ts'
import { Reach } from '../../../client/cluster/reach.ts'
import { WAYS } from '../../../client/cluster/ways.ts'
import type { ClientOptions } from '../../../client/options.ts'
import { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { kubeconfigAccess } from '../../../kubernetes/client/kubeconfig.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import { never } from '../../kit/context.ts'
import { requireAll } from '../../kit/skip.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { lacksNode, type Node } from '../kit/kubernetes/node.ts'
import { createPod, toContainer, waitForPod } from '../kit/kubernetes/pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksNode())

async function startServer({ authority }: Cluster) {
  const { cert, key } = authority.sign('agent', 'DNS:swoll.swoll.svc')
  const server = createServer({ cert, key }, (request, response) => {
    const { authorization, 'swoll-authorization': own } = request.headers
    response.setHeader('swoll-node', 'node-1')
    response.end(JSON.stringify({ url: request.url, token: own ?? authorization }))
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  return server
}

/** What the fake agent said. */
async function ask(options: ClientOptions): Promise<{ url: string; token: string }> {
  const url = new URL(`${options.endpoint}${options.pathPrefix ?? ''}/jobs`)
  const given = typeof options.headers === 'function' ? await options.headers() : options.headers
  const token = typeof options.token === 'function' ? await options.token() : options.token
  const headers = { ...given, ...(token && { authorization: `Bearer ${token}` }) }
  const { ca, cert, key, serverName, connect } = options
  const tls = { ca, cert, key, servername: serverName }
  const raw = await connect?.()
  const createConnection = raw && (() => connectTls({ ...tls, socket: raw }))
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { ...tls, headers, ...(createConnection && { createConnection, agent: false }) },
      answer => {
        let text = ''
        answer.on('data', chunk => {
          text += chunk
        })
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(JSON.parse(text))
          else reject(new Error(`${answer.statusCode} ${text}`))
        })
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

async function createAgent({ api }: Cluster, port: number): Promise<void> {
  const labels = { 'app.kubernetes.io/name': 'swoll', 'app.kubernetes.io/component': 'agent' }
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'swoll' } })
  const metadata = { name: 'swoll', namespace: 'swoll', labels }
  const ports = [{ name: 'api', port, targetPort: 'api' }]
  await api.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { clusterIP: 'None', selector: labels, ports },
  })
  const main = { ...toContainer('main', ['0', 'forever']), ports: [{ name: 'api', containerPort: port }] }
  await createPod(api, {
    name: 'agent',
    namespace: 'swoll',
    labels,
    spec: { hostNetwork: true, containers: [main] },
  })
  await waitForPod(api, { name: 'agent', namespace: 'swoll' }, ({ status }) => status.phase === 'Running')
}

const s = suite('ways to an agent')
const onNode = sharingNode(s)
onNode(
  'direct, by proxy and by port-forward: each reaches it, with its own login',
  async (cluster: Cluster, node: Node) => {
    const server = await startServer(cluster)
    await using _ = { [Symbol.asyncDispose]: async () => void server.close() }
    await createAgent(cluster, (server.address() as AddressInfo).port)
    const token = await cluster.token('default', 'default')
    await cluster.api.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'reach' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
    })
    const access = await kubeconfigAccess({ path: cluster.kubeconfigWith({ token }) })
    const client = new ApiClient(access)
    const [agent] = await waitFor('the agent', async () => {
      const agents = await discoverAgents({ client, abort: never })
      return agents.length === 1 && agents
    })
    assert.is(agent!.node, node.name)
    assert.is(agent!.pod, 'agent')
    const login = await createLogin({ access, client, monotonicMs: () => 0, abort: never })
    const trust = { ca: cluster.authority.ca }
    for (const way of WAYS) {
      let said: { url: string; token: string } | undefined
      const probe = async (options: ClientOptions) => {
        said = await ask(options)
      }
      const reach = new Reach({ access, login, trust, ways: [way], clock: systemClock, probe })
      const reached = await reach.reach(agent!, never)
      assert.is(reached.way, way)
      assert.equal(said, { url: '/jobs', token: `Bearer ${token}` })
    }
    client.close()
  },
)
s.run()
