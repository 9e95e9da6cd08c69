/**
 * Counts without a gap, under load: every call that is made while an agent runs is in its totals, whatever becomes of the API server
 * and a new agent's totals begin at 0 with a new start time.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, requireAll } from '../../kit/skip.ts'
import { Agent, watching } from '../kit/kubernetes/agent.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { lacksNode, type Node } from '../kit/kubernetes/node.ts'
import { findCgroup, freezeCgroup } from '../kit/kubernetes/node-cgroup.ts'
import { containerIdOf, createPod, deletePod, statusesOf, waitForPod } from '../kit/kubernetes/pods.ts'
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

/** What an agent counted of both pods, and when it began. `paused` stands still from some moment of its life on. */
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
  await deletePod(cluster.api, 'busy')
})

s.run()
