/** Whom the agent asks for pods, and as whom: what is refused is named, what changes is used, and the other two sources name as well. */
// Has for itself: pods (its agent counts those of the whole machine).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, requireAll } from '../../kit/skip.ts'
import { Agent, watching } from '../kit/kubernetes/agent.ts'
import { Api, ApiError } from '../kit/kubernetes/api.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { createPod } from '../kit/kubernetes/pods.ts'
import { allow, chartRights, createAccount, type Right } from '../kit/kubernetes/rights.ts'
import { requestToken } from '../kit/kubernetes/users.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksBpf(), lacksNode())

const LIST: Right = { group: '', resource: 'pods', verb: 'list' }
const WATCH: Right = { group: '', resource: 'pods', verb: 'watch' }

/** 200, or the status of the refusal. */
async function statusOf(api: Api, path: string): Promise<number> {
  try {
    await api.get(path)
    return 200
  } catch (error) {
    if (error instanceof ApiError) return error.status
    throw error
  } finally {
    api.close()
  }
}

const s = suite('whom the agent asks')
const onNode = sharingNode(s)
onNode('a right that is missing is named, and used once it is given', async (cluster, node) => {
  const { api } = cluster
  const token = await createAccount(cluster, 'late')
  await allow(api, 'late', [LIST], [WATCH])
  using agent = await Agent.start(watching(cluster, node, cluster.kubeconfigWith({ token })))
  await agent.logged(
    /Component is degraded .*system:serviceaccount:default:late must be allowed to watch pods /,
  )
  await createPod(api, { name: 'refused', args: ['1049', 'forever'] })
  await allow(api, 'late', [LIST, WATCH])
  await agent.logged(/Component works again/)
  await agent.shows({ 'default/refused/main': 1049 })
})

/** A token of the account that is worth nothing from some time after `revoke` on: the API server remembers for ten seconds. */
async function createRevocable(cluster: Cluster, name: string) {
  const { api } = cluster
  const secret = await api.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default' },
  })
  const token = await requestToken(api, { namespace: 'default', name, boundTo: secret })
  const revoke = async () => {
    await api.delete(`/api/v1/namespaces/default/secrets/${name}`)
    await waitFor('a refusal', async () => (await statusOf(cluster.apiWith(token), '/version')) === 401)
  }
  return { token, revoke }
}
onNode(
  'a token that is revoked is named, and the one that takes its place in the file used',
  async (cluster, node) => {
    const { api } = cluster
    await createAccount(cluster, 'rotated')
    await allow(api, 'rotated', [LIST, WATCH])
    const { token, revoke } = await createRevocable(cluster, 'rotated')
    const tokenFile = join(cluster.folder, 'token')
    writeFileSync(tokenFile, token)
    await using way = await cluster.forward()
    const processor = watching(cluster, node, cluster.kubeconfigWith({ tokenFile }, way.url))
    using agent = await Agent.start(processor)
    await createPod(api, { name: 'before', args: ['1051', 'forever'] })
    await agent.shows({ 'default/before/main': 1051 })
    await revoke()
    using later = await Agent.start(processor)
    await later.logged(/Component is degraded .* got 401 Unauthorized; .*its token is mounted and current/)
    way.endConnections() // a watch that is open is not asked again who it is
    await createPod(api, { name: 'after', args: ['1061', 'forever'] })
    writeFileSync(tokenFile, await cluster.token('default', 'rotated'))
    await agent.shows({ 'default/before/main': 1051, 'default/after/main': 1061 })
    await later.shows({ 'default/after/main': 1061 })
  },
)
onNode(
  'the kubelet tells whoever has the rights of the chart, and is named where they are missing',
  async (cluster, node) => {
    const settings = { source: 'kubelet', kubelet: { endpoint: node.kubeletUrl, interval: '1s' } }
    const asWhom = (token: string) => ({
      ...watching(cluster, node, cluster.kubeconfigWith({ token })),
      ...settings,
    })
    const [none, chart, finer] = [
      await createAccount(cluster, 'no-kubelet'),
      await createAccount(cluster, 'kubelet'),
      await createAccount(cluster, 'kubelet-pods'),
    ]
    const pods: Right = { group: '', resource: 'nodes/pods', verb: 'get' }
    await allow(cluster.api, 'no-kubelet', [], [pods])
    await allow(cluster.api, 'kubelet', chartRights(settings))
    await allow(cluster.api, 'kubelet-pods', [pods])
    using refused = await Agent.start(asWhom(none))
    await refused.logged(
      /Component is degraded .*default:no-kubelet must be allowed to get nodes\/proxy .*403/,
    )
    using agent = await Agent.start(asWhom(chart))
    await createPod(cluster.api, { name: 'kubelet', args: ['1063', 'forever'] })
    await agent.shows({ 'default/kubelet/main': 1063 })
    // The kubelets of Kubernetes 1.33 and later are content with less.
    const api = new Api({ url: node.kubeletUrl, ca: cluster.authority.ca, token: finer })
    assert.is(await statusOf(api, '/pods'), 200)
  },
)
onNode(
  'the container runtime tells without the API server, and what the image is called',
  async (cluster, node) => {
    const settings = { source: 'cri', cri: { endpoint: `unix://${node.criSocket}`, interval: '1s' } }
    assert.equal(chartRights(settings), [])
    using agent = await Agent.start({ ...settings, filter: { node: node.name } })
    await createPod(cluster.api, { name: 'runtime', args: ['1069', 'forever'] })
    await agent.shows({ 'default/runtime/main': 1069 })
    const [{ labels }] = (await agent.series()) as [Awaited<ReturnType<Agent['series']>>[0]]
    assert.is(labels.container_image_name, 'swoll.test/caller')
    assert.is(labels.container_image_tag, '1')
    assert.is(labels.k8s_node_name, node.name)
  },
)
s.run()
