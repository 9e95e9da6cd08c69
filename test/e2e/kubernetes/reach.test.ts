/**
 * The ways to an agent, for real: the API server's proxy, the kubelet's port-forward, and none between. The agent is a pod in the host's
 * network, and this process answers at its port.
 */
// Shares: pods.
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ClusterAgents } from '../../../client/cluster/connect.ts'
import { WAYS } from '../../../client/cluster/ways.ts'
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

/** Answers as an agent without jobs, and notes as whom it was asked. */
async function startServer({ authority }: Cluster) {
  const { cert, key } = authority.sign('agent', 'DNS:swoll.swoll.svc')
  const seen: string[] = []
  const server = createServer({ cert, key }, ({ url, headers }, response) => {
    seen.push(`${url} ${headers['swoll-authorization'] ?? headers.authorization}`)
    response.setHeader('swoll-node', 'node-1').end('{"running":{},"completed":{}}')
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, seen, [Symbol.dispose]: () => void server.close() }
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

/** As the chart does. */
async function publishCa({ api, authority }: Cluster): Promise<void> {
  const metadata = { name: 'swoll-ca', namespace: 'swoll' }
  await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': `${authority.ca}` } })
}

/** The account `default` of the namespace `default` may do everything. */
async function makeAdmin({ api }: Cluster): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io'
  await api.create({
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'reach' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  })
}

const s = suite('ways to an agent')
const onNode = sharingNode(s)
onNode(
  'direct, by proxy and by port-forward: each reaches it, with its own login',
  async (cluster: Cluster, node: Node) => {
    using server = await startServer(cluster)
    await createAgent(cluster, server.port)
    await publishCa(cluster)
    const token = await cluster.token('default', 'default')
    await makeAdmin(cluster)
    const access = await kubeconfigAccess({ path: cluster.kubeconfigWith({ token }) })
    for (const way of WAYS) {
      const agents = new ClusterAgents({ access, ways: [way], clock: systemClock, abort: never })
      const found = await waitFor('the agent', async () => {
        const all = await agents.find()
        return all.length === 1 && all
      })
      assert.equal([found[0]!.node, found[0]!.pod], [node.name, 'agent'])
      const failures: string[] = []
      const reached = await agents.reachAll(found, error => failures.push(error.message))
      assert.equal(failures, [])
      assert.equal(
        reached.map(each => each.way),
        [way],
      )
      assert.is(server.seen.at(-1), `/jobs Bearer ${token}`)
      agents.close()
    }
  },
)
s.run()
