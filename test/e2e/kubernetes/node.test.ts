/** A node of the tests runs every kind of pod and container whose identity a test may examine. */
// Takes minutes.
// Shares: pods.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireAll } from '../../kit/skip.ts'
import { Api } from '../kit/kubernetes/api.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { lacksNode, type Node, startNode } from '../kit/kubernetes/node.ts'
import {
  containerIdOf,
  createPod,
  hasEnded,
  logsOf,
  type Pod,
  statusesOf,
  toContainer,
  toPod,
  waitForPod,
} from '../kit/kubernetes/pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { withNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksNode())

const areRunning = (pod: Pod): boolean => statusesOf(pod).every(({ state }) => state.running !== undefined)

/** Each container's id in its status is the one in the cgroups that it printed. */
async function checkIds({ api }: Cluster, node: Node, pod: Pod): Promise<void> {
  for (const status of statusesOf(pod)) {
    const path = new RegExp(`^0::(${node.cgroupRoot}/kubepods/.+)$`, 'm').exec(
      await logsOf(api, pod, status.name),
    )
    assert.is(path?.[1]?.split('/').at(-1), containerIdOf(status), status.name)
  }
}

const s = suite('a node')
s('runs init, sidecar and ephemeral containers', () =>
  withNode(async (cluster, node) => {
    const sidecar = { ...toContainer('sidecar', ['0', 'forever']), restartPolicy: 'Always' }
    const spec = {
      initContainers: [toContainer('init', ['0', '0']), sidecar],
      containers: [toContainer('main', ['0', 'forever'])],
    }
    await createPod(cluster.api, { name: 'many', spec })
    await waitForPod(cluster.api, { name: 'many' }, ({ status }) => status.phase === 'Running')
    await cluster.api.patch('/api/v1/namespaces/default/pods/many/ephemeralcontainers', {
      spec: { ephemeralContainers: [toContainer('debugger', ['0', 'forever'])] },
    })
    const pod = await waitForPod(
      cluster.api,
      { name: 'many' },
      each => each.status.ephemeralContainerStatuses?.[0]?.state.running !== undefined,
    )
    assert.equal(
      statusesOf(pod).map(({ name }) => name),
      ['init', 'sidecar', 'main', 'debugger'],
    )
    await checkIds(cluster, node, pod)
  }),
)
for (const sharing of ['hostPID', 'hostNetwork', 'shareProcessNamespace'])
  s(`runs a pod with ${sharing}`, () =>
    withNode(async (cluster, node) => {
      const containers = ['one', 'two'].map(name => toContainer(name, ['0', 'forever']))
      await createPod(cluster.api, { name: 'sharing', spec: { [sharing]: true, containers } })
      const pod = await waitForPod(cluster.api, { name: 'sharing' }, each => {
        return statusesOf(each).length === 2 && areRunning(each)
      })
      assert.is(pod.status.podIP === node.address, sharing === 'hostNetwork')
      await checkIds(cluster, node, pod)
    }),
  )
s('restarts a container in place under a new id, and tells of its last one', () =>
  withNode(async ({ api }) => {
    await createPod(api, { name: 'again', args: ['0', '200', '3'], spec: { restartPolicy: 'OnFailure' } })
    const first = await waitForPod(
      api,
      { name: 'again' },
      pod => statusesOf(pod)[0]?.containerID !== undefined,
    )
    const second = await waitForPod(api, { name: 'again' }, pod => statusesOf(pod)[0]?.restartCount === 1)
    assert.is(second.metadata.uid, first.metadata.uid)
    assert.is.not(containerIdOf(statusesOf(second)[0]!), containerIdOf(statusesOf(first)[0]!))
  }),
)
s('runs static pods, and shows them as mirror pods', () =>
  withNode(async (cluster, node) => {
    const pod = toPod({ name: 'static', args: ['0', 'forever'] })
    writeFileSync(join(node.staticPodFolder, 'static.json'), JSON.stringify(pod))
    const mirror = await waitForPod(cluster.api, { name: `static-${node.name}` }, ({ status }) => {
      return status.phase === 'Running'
    })
    const annotations = mirror.metadata.annotations as Record<string, string>
    assert.is.not(annotations['kubernetes.io/config.hash'], mirror.metadata.uid)
    await checkIds(cluster, node, mirror)
  }),
)
s('runs what the controllers make of a deployment', () =>
  withNode(async ({ api }) => {
    const labels = { app: 'web' }
    const template = { metadata: { labels }, spec: { containers: [toContainer('main', ['0', 'forever'])] } }
    await api.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    })
    await waitFor('both pods of the deployment', async () => {
      type Deployment = { readonly status: { readonly availableReplicas?: number } }
      const { status } = await api.get<Deployment>('/apis/apps/v1/namespaces/default/deployments/web')
      return status.availableReplicas === 2
    })
  }),
)
s('is not alone: a daemon set has a pod on each of two', () =>
  withNode(async (cluster, first) => {
    await using second = await startNode(cluster, { name: 'node-2' })
    const labels = { app: 'agent' }
    const template = { metadata: { labels }, spec: { containers: [toContainer('main', ['0', 'forever'])] } }
    await cluster.api.create({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'default' },
      spec: { selector: { matchLabels: labels }, template },
    })
    const pods = await waitFor('a pod on each node', async () => {
      const { items } = await cluster.api.get<{ readonly items: Pod[] }>('/api/v1/namespaces/default/pods')
      return items.length === 2 && items.every(({ status }) => status.phase === 'Running') && items
    })
    const nodes = pods.map(({ spec }) => (spec as { readonly nodeName: string }).nodeName)
    assert.equal(nodes.sort(), [first.name, second.name])
  }),
)
s('keeps its pods running while the kubelet is away', () =>
  withNode(async ({ api }, node) => {
    await createPod(api, { name: 'long', args: ['0', '1500'] })
    const begun = await waitForPod(api, { name: 'long' }, ({ status }) => status.phase === 'Running')
    await node.stopKubelet()
    await node.startKubelet()
    const ended = await waitForPod(api, { name: 'long' }, hasEnded)
    assert.is(ended.status.phase, 'Succeeded')
    assert.equal(statusesOf(ended).map(containerIdOf), statusesOf(begun).map(containerIdOf))
  }),
)
s('answers at the address of the service kubernetes, and its kubelet tells its pods to whom it may', () =>
  withNode(async (cluster, node) => {
    const token = await cluster.token('default', 'default')
    const ca = readFileSync(cluster.caFile)
    const inPod = new Api({ url: `https://${cluster.serviceAddress}`, ca, token })
    assert.match((await inPod.get<{ readonly gitVersion: string }>('/version')).gitVersion, /^v1\./)
    const allowed = cluster.apiAs({ name: 'admin', groups: ['system:masters'] }, node.kubeletUrl)
    assert.is((await allowed.get<{ readonly kind: string }>('/pods')).kind, 'PodList')
    const refused = new Api({ url: node.kubeletUrl, ca, token })
    assert.is(await refused.get('/pods').catch(error => error.status), 403)
    for (const api of [inPod, allowed, refused]) api.close()
  }),
)
s('leaves nothing when it is gone', async () => {
  let folder = ''
  let cgroupRoot = ''
  await withNode(async ({ api }, node) => {
    folder = node.folder
    cgroupRoot = node.cgroupRoot
    await createPod(api, { name: 'stays', args: ['0', 'forever'] })
    await waitForPod(api, { name: 'stays' }, ({ status }) => status.phase === 'Running')
    assert.ok(existsSync(node.criSocket))
  })
  assert.not(existsSync(folder))
  for (const mounted of ['cpu', 'memory', 'systemd', 'unified', ''])
    assert.not(existsSync(join('/sys/fs/cgroup', mounted, cgroupRoot)))
})
s.run()
