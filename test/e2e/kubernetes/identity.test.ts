/** The agent on a real node: whose calls they are, for every kind of pod, and that there are as many as were made. */
// Takes minutes.
// Has for itself: pods (its agent counts those of the whole machine).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, requireAll } from '../../kit/skip.ts'
import { Agent, watching } from '../kit/kubernetes/agent.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { lacksNode, type Node } from '../kit/kubernetes/node.ts'
import {
  createPod,
  deletePod,
  hasEnded,
  statusesOf,
  toContainer,
  toPod,
  waitForPod,
} from '../kit/kubernetes/pods.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksBpf(), lacksNode())

const s = suite('the agent on a node of Kubernetes')
const onNode = sharingNode(s)

/** Each test has an agent of its own, which counts only what happens in that test. */
function counts(name: string, body: (cluster: Cluster, node: Node, agent: Agent) => Promise<void>): void {
  onNode(name, async (cluster, node) => {
    using agent = await Agent.start(watching(cluster, node))
    await body(cluster, node, agent)
  })
}
counts('names init, sidecar and ephemeral containers', async ({ api }, _node, agent) => {
  const sidecar = { ...toContainer('sidecar', ['211', 'forever']), restartPolicy: 'Always' }
  const spec = {
    initContainers: [toContainer('init', ['101', '0']), sidecar],
    containers: [toContainer('main', ['1009', 'forever'])],
  }
  await createPod(api, { name: 'many', spec })
  await waitForPod(api, { name: 'many' }, ({ status }) => status.phase === 'Running')
  await api.patch('/api/v1/namespaces/default/pods/many/ephemeralcontainers', {
    spec: { ephemeralContainers: [toContainer('debugger', ['307', 'forever'])] },
  })
  await agent.shows({
    'default/many/init': 101,
    'default/many/sidecar': 211,
    'default/many/main': 1009,
    'default/many/debugger': 307,
  })
})
counts('names pods that share namespaces, or use those of the host', async ({ api }, _node, agent) => {
  const expected: Record<string, number> = {}
  for (const [i, sharing] of ['hostPID', 'hostNetwork', 'shareProcessNamespace'].entries()) {
    const name = sharing.toLowerCase()
    const containers = ['one', 'two'].map((each, j) => toContainer(each, [`${1000 + 10 * i + j}`, '0']))
    await createPod(api, { name, spec: { [sharing]: true, containers } })
    for (const [j, each] of ['one', 'two'].entries()) expected[`default/${name}/${each}`] = 1000 + 10 * i + j
  }
  await agent.shows(expected)
})
counts('adds up the runs of a container that is restarted in place', async ({ api }, _node, agent) => {
  await createPod(api, { name: 'again', args: ['1013', '200', '3'], spec: { restartPolicy: 'OnFailure' } })
  await waitForPod(api, { name: 'again' }, pod => statusesOf(pod)[0]?.restartCount === 1)
  await agent.shows({ 'default/again/main': 2 * 1013 })
  await deletePod(api, 'again') // it would go on
})
counts('names static pods', async (_cluster, node, agent) => {
  const pod = toPod({ name: 'static', args: ['1019', 'forever'] })
  writeFileSync(join(node.staticPodFolder, 'static.json'), JSON.stringify(pod))
  await agent.shows({ [`default/static-${node.name}/main`]: 1019 })
})
counts('names the new pod when a name is used again', async ({ api }, _node, agent) => {
  for (const calls of ['1021', '1031']) {
    await createPod(api, { name: 'same', args: [calls, '0'] })
    await waitForPod(api, { name: 'same' }, hasEnded)
    await deletePod(api, 'same')
  }
  await agent.shows({ 'default/same/main': 1021 + 1031 })
})
counts(
  'names pods of an API server that goes away meanwhile, once it is back',
  async (cluster, _node, agent) => {
    await createPod(cluster.api, { name: 'before', args: ['1033', 'forever'] })
    await agent.shows({ 'default/before/main': 1033 })
    await createPod(cluster.api, { name: 'during', args: ['1039', 'forever'] })
    await cluster.stopApiServer()
    await new Promise(resolve => setTimeout(resolve, 5000))
    assert.is((await agent.calls())['default/before/main'], 1033, 'stays named')
    await cluster.startApiServer()
    await agent.shows({ 'default/before/main': 1033, 'default/during/main': 1039 })
  },
)
counts('names pods that live a moment', async ({ api }, _node, agent) => {
  const expected: Record<string, number> = {}
  for (let i = 0; i < 20; i++) {
    await createPod(api, { name: `moment-${i}`, args: [`${2000 + i}`, '50'] })
    expected[`default/moment-${i}/main`] = 2000 + i
  }
  await agent.shows(expected)
})
s.run()
