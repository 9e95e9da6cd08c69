/** An API server that is away, slow or forgets: pods get their names once it can be asked, and no call is lost meanwhile. */
// Takes minutes.
// Has for itself: pods (its agent counts those of the whole machine).
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, requireAll } from '../../kit/skip.ts'
import type { TcpProxy } from '../../kit/tcp-proxy.ts'
import { Agent, watching } from '../kit/kubernetes/agent.ts'
import type { Api } from '../kit/kubernetes/api.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { lacksNode, type Node } from '../kit/kubernetes/node.ts'
import { findCgroup, signalCgroup } from '../kit/kubernetes/node-cgroup.ts'
import {
  containerIdOf,
  createPod,
  deletePod,
  hasEnded,
  type Pod,
  statusesOf,
  toContainer,
  waitForPod,
} from '../kit/kubernetes/pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksBpf(), lacksNode())

const HELD = 'otelcol_processor_k8s_attributes_held_resources'
const LISTS = 'otelcol_processor_k8s_attributes_lists'

/** Waits for names longer than by default: an API server takes its time to start where others work too. */
function patiently(cluster: Cluster, node: Node, way?: TcpProxy): object {
  return { ...watching(cluster, node, cluster.kubeconfig(undefined, way?.url)), wait: '2m' }
}

/** The version that a list has now. */
async function versionOf(api: Api): Promise<string> {
  type List = { readonly metadata: { readonly resourceVersion: string } }
  return (await api.get<List>('/api/v1/pods?limit=1')).metadata.resourceVersion
}

/** Runs a pod until nobody can ask for it any more. */
async function runAndDelete(api: Api, name: string, calls: number): Promise<void> {
  await createPod(api, { name, args: [`${calls}`, '0'] })
  await waitForPod(api, { name }, hasEnded)
  await deletePod(api, name)
}

const statusOf = (pod: Pod, container: string) => statusesOf(pod).find(({ name }) => name === container)
const isRunning = (pod: Pod, container: string) => statusOf(pod, container)?.state.running !== undefined
const idOf = (pod: Pod, container: string) => containerIdOf(statusOf(pod, container)!)

/** An agent that has calls of three containers, and cannot ask who they are. `late` is a container whose end lets the next one begin. */
async function startAlone(cluster: Cluster, node: Node, late: string): Promise<Agent> {
  const agent = await Agent.start(patiently(cluster, node))
  await agent.logged(/Component is degraded .* must be reachable, got .*ECONNREFUSED/)
  signalCgroup(findCgroup(node.cgroupRoot, late), 'SIGTERM')
  await waitFor('calls of all three', async () => (await agent.own(HELD)) >= 3)
  assert.equal(await agent.calls(), {}, 'nothing is shown without its name')
  return agent
}

const s = suite('the API server')
const onNode = sharingNode(s)
onNode(
  'may be away when the agent starts: what runs already, and what starts now, is named later',
  async (cluster, node) => {
    const { api } = cluster
    await createPod(api, { name: 'early', args: ['4001@1000', 'forever'] })
    const initContainers = [toContainer('door', ['0', 'forever'])]
    await createPod(api, { name: 'late', args: ['1009', 'forever'], spec: { initContainers } })
    await waitForPod(api, { name: 'early' }, ({ status }) => status.phase === 'Running')
    const late = await waitForPod(api, { name: 'late' }, pod => isRunning(pod, 'door'))
    using agent = await cluster.withoutApiServer(() => startAlone(cluster, node, idOf(late, 'door')))
    await agent.logged(/Component works again/)
    await waitFor('the names', async () => (await agent.calls())['default/late/main'] === 1009)
    const { 'default/early/main': early } = await agent.calls()
    assert.ok(early! > 0 && early! <= 4001, 'those made since the agent counts')
  },
)
onNode('may be slow: two seconds for each piece of an answer', async (cluster, node) => {
  await using slow = await cluster.forward()
  slow.delayMs = 2000
  using agent = await Agent.start(patiently(cluster, node, slow))
  await createPod(cluster.api, { name: 'slow', args: ['1013', 'forever'] })
  await agent.shows({ 'default/slow/main': 1013 })
})
onNode(
  'may be out of reach for all the life of a pod, which is named by the news of its end',
  async (cluster, node) => {
    await using way = await cluster.forward()
    using agent = await Agent.start(patiently(cluster, node, way))
    await createPod(cluster.api, { name: 'before', args: ['1019', 'forever'] })
    await agent.shows({ 'default/before/main': 1019 })
    way.cut()
    await runAndDelete(cluster.api, 'missed', 1021)
    way.mend()
    await agent.shows({ 'default/before/main': 1019, 'default/missed/main': 1021 })
    assert.is(await agent.own(LISTS), 1, 'the watch went on where it was')
  },
)
onNode(
  'may have forgotten what the watch missed (410 Gone): the pods are listed anew',
  async (cluster, node) => {
    const { api } = cluster
    await using way = await cluster.forward()
    using agent = await Agent.start(patiently(cluster, node, way))
    await createPod(api, { name: 'known', args: ['1031', 'forever'] })
    await agent.shows({ 'default/known/main': 1031 })
    way.cut()
    const latest = await versionOf(api) // the agent knows none later
    await runAndDelete(api, 'nobody-knows', 1033)
    await cluster.forgetHistory()
    assert.match(
      await api.text(`/api/v1/pods?watch=true&timeoutSeconds=1&resourceVersion=${latest}`),
      /"code":410/,
    )
    await createPod(api, { name: 'unwatched', args: ['1039', 'forever'] })
    await waitForPod(api, { name: 'unwatched' }, ({ status }) => status.phase === 'Running')
    way.mend()
    await agent.shows({
      'default/known/main': 1031,
      'default/unwatched/main': 1039,
      '/unresolved/': 1033, // what no list has and no watch tells of has no name to be given
    })
    assert.is(await agent.own(LISTS), 2)
  },
)
s.run()
