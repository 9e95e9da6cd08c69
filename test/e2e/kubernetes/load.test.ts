/**
 * Counts without a gap, under load: every call that is made while an agent runs is in its totals, whatever becomes of the API server;
 * a new agent's totals begin at 0 with a new start time; and what nobody could name meanwhile is named within the longest
 * time between two tries.
 */
// Takes minutes.
// Has for itself: pods (its agent counts those of the whole machine).
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, requireAll } from '../../kit/skip.ts'
import { Agent, watching } from '../kit/kubernetes/agent.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { lacksNode, type Node } from '../kit/kubernetes/node.ts'
import { findCgroup, freezeCgroup } from '../kit/kubernetes/node-cgroup.ts'
import { containerIdOf, createPod, statusesOf, waitForPod } from '../kit/kubernetes/pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksBpf(), lacksNode())

/** The calls of a pod's container `main` once there are more than that. */
function moreThan(agent: Agent, pod: string, least = 0): Promise<number> {
  return waitFor(`calls of ${pod}`, async () => {
    const calls = (await agent.calls())[`default/${pod}/main`] ?? 0
    return calls > least && calls
  })
}

async function cgroupOf({ api }: Cluster, node: Node, name: string): Promise<string> {
  const pod = await waitForPod(api, { name }, ({ status }) => status.phase === 'Running')
  return findCgroup(node.cgroupRoot, containerIdOf(statusesOf(pod)[0]!))
}

const s = suite('under load')
const onNode = sharingNode(s)
onNode('the API server is killed and comes back', async (cluster, node) => {
  using agent = await Agent.start(watching(cluster, node))
  await createPod(cluster.api, { name: 'steady', args: ['20011@500', 'forever'] })
  const before = await moreThan(agent, 'steady')
  await cluster.withoutApiServer(() => moreThan(agent, 'steady', before))
  await agent.shows({ 'default/steady/main': 20_011 })
})

const UNRESOLVED = 'otelcol_processor_k8s_attributes_unresolved_resources'
/** The longest time between two tries at the API server, and what a busy machine needs for the answer. */
const BOUND_MS = 30_000 + 10_000
onNode(
  'nobody can say for longer than `wait` whose calls they are: each is in one series, and none stays unresolved',
  async (cluster, node) => {
    await using way = await cluster.forward()
    const kubeconfig = cluster.kubeconfig(undefined, way.url)
    using agent = await Agent.start({ ...watching(cluster, node, kubeconfig), wait: '2s' })
    await waitFor(
      'the watch',
      async () => (await agent.own('otelcol_processor_k8s_attributes_working')) === 1,
    )
    way.cut()
    await createPod(cluster.api, { name: 'cut-off', args: ['8009@2000', 'forever'] })
    /** The last that was seen of each series, since those that end are not there for long. */
    const last: Record<string, number> = {}
    const sees = async (key: string) => Object.assign(last, await agent.calls())[key] !== undefined
    await waitFor('calls without a name', () => sees('/unresolved/'))
    way.mend()
    await waitFor('the name', () => sees('default/cut-off/main'), BOUND_MS)
    assert.is(await agent.own(UNRESOLVED), 0)
    await waitFor('all calls', async () => (await sees('default/cut-off/main')) && sum(last) >= 8009)
    await createPod(cluster.api, { name: 'later', args: ['11', '0'] })
    await waitFor('what comes later', () => sees('default/later/main'))
    assert.is(sum(last), 8009 + 11, JSON.stringify(last))
    assert.ok(last['/unresolved/']! > 0 && last['default/cut-off/main']! > 0)
  },
)

const sum = (calls: Record<string, number>): number => Object.values(calls).reduce((a, b) => a + b, 0)

/** Returns an agent's counts of both pods, and its start. `paused` stands still from some moment on. */
async function countUntilPaused(cluster: Cluster, node: Node) {
  using agent = await Agent.start(watching(cluster, node))
  for (const name of ['paused', 'busy'])
    await createPod(cluster.api, { name, args: [name === 'busy' ? '200003@500' : '20021@500', 'forever'] })
  await moreThan(agent, 'busy')
  await moreThan(agent, 'paused')
  await freezeCgroup(await cgroupOf(cluster, node, 'paused'), true)
  // When a call made after that is seen, so are all before.
  await createPod(cluster.api, { name: 'marker', args: ['7', '0'] })
  await moreThan(agent, 'marker')
  const calls = await agent.calls()
  const began = (await agent.series()).map(({ startedS }) => startedS)
  await agent.stop()
  return {
    paused: calls['default/paused/main']!,
    busy: calls['default/busy/main']!,
    beganS: Math.max(...began),
  }
}
onNode('the agent is restarted: only calls made while there was none are missing', async (cluster, node) => {
  const first = await countUntilPaused(cluster, node)
  assert.ok(first.paused < 20_021, 'it has calls left to make')
  const stoppedS = Date.now() / 1000
  assert.ok(first.beganS < stoppedS)
  using second = await Agent.start(watching(cluster, node))
  await freezeCgroup(await cgroupOf(cluster, node, 'paused'), false)
  await waitFor('the rest of the calls', async () => {
    return (await second.calls())['default/paused/main'] === 20_021 - first.paused
  })
  for (const { startedS } of await second.series()) assert.ok(startedS > stoppedS, 'totals begin anew')
  const busy = await moreThan(second, 'busy')
  assert.ok(first.busy + busy <= 200_003, 'nothing is counted twice')
})
s.run()
