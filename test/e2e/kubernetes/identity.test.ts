/** The agent on a real node: whose calls they are, for every kind of pod, and that there are as many as were made. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, requireAll } from '../../kit/skip.ts'
import { CallsAgent } from '../kit/kubernetes/calls-agent.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { lacksNode, type Node } from '../kit/kubernetes/node.ts'
import { createPod, hasEnded, statusesOf, toContainer, toPod, waitForPod } from '../kit/kubernetes/pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { withNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksBpf(), lacksNode())

async function shows(agent: CallsAgent, expected: Readonly<Record<string, number>>): Promise<void> {
  assert.equal(await agent.settled(expected), expected)
}

async function withAgent(
  body: (cluster: Cluster, node: Node, agent: CallsAgent) => Promise<void>,
): Promise<void> {
  await withNode(async (cluster, node) => {
    using agent = new CallsAgent({ kubeconfig: cluster.kubeconfig(), node: node.name })
    await shows(agent, {})
    await body(cluster, node, agent)
  })
}

const s = suite('the agent on a node of Kubernetes')
s('names init, sidecar and ephemeral containers', () =>
  withAgent(async ({ api }, _node, agent) => {
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
    await shows(agent, {
      'default/many/init': 101,
      'default/many/sidecar': 211,
      'default/many/main': 1009,
      'default/many/debugger': 307,
    })
  }),
)
s('names pods that share namespaces, or use those of the host', () =>
  withAgent(async ({ api }, _node, agent) => {
    const expected: Record<string, number> = {}
    for (const [i, sharing] of ['hostPID', 'hostNetwork', 'shareProcessNamespace'].entries()) {
      const name = sharing.toLowerCase()
      const containers = ['one', 'two'].map((each, j) => toContainer(each, [`${1000 + 10 * i + j}`, '0']))
      await createPod(api, { name, spec: { [sharing]: true, containers } })
      for (const [j, each] of ['one', 'two'].entries())
        expected[`default/${name}/${each}`] = 1000 + 10 * i + j
    }
    await shows(agent, expected)
  }),
)
s('adds up the runs of a container that is restarted in place', () =>
  withAgent(async ({ api }, _node, agent) => {
    await createPod(api, { name: 'again', args: ['1013', '200', '3'], spec: { restartPolicy: 'OnFailure' } })
    await waitForPod(api, { name: 'again' }, pod => statusesOf(pod)[0]?.restartCount === 1)
    await shows(agent, { 'default/again/main': 2 * 1013 })
  }),
)
s('names static pods', () =>
  withAgent(async (_cluster, node, agent) => {
    const pod = toPod({ name: 'static', args: ['1019', 'forever'] })
    writeFileSync(join(node.staticPodFolder, 'static.json'), JSON.stringify(pod))
    await shows(agent, { [`default/static-${node.name}/main`]: 1019 })
  }),
)
s('names the new pod when a name is used again', () =>
  withAgent(async ({ api }, _node, agent) => {
    for (const calls of ['1021', '1031']) {
      await createPod(api, { name: 'same', args: [calls, '0'] })
      await waitForPod(api, { name: 'same' }, hasEnded)
      await api.delete('/api/v1/namespaces/default/pods/same')
      await waitFor('the pod to be gone', async () =>
        api.get('/api/v1/namespaces/default/pods/same').then(
          () => false,
          () => true,
        ),
      )
    }
    await shows(agent, { 'default/same/main': 1021 + 1031 })
  }),
)
s('names pods of an API server that goes away meanwhile, once it is back', () =>
  withAgent(async (cluster, _node, agent) => {
    await createPod(cluster.api, { name: 'before', args: ['1033', 'forever'] })
    await shows(agent, { 'default/before/main': 1033 })
    await createPod(cluster.api, { name: 'during', args: ['1039', 'forever'] })
    await cluster.stopApiServer()
    await new Promise(resolve => setTimeout(resolve, 5000))
    assert.is((await agent.calls())['default/before/main'], 1033, 'stays named')
    await cluster.startApiServer()
    await shows(agent, { 'default/before/main': 1033, 'default/during/main': 1039 })
  }),
)
s('names pods that live a moment', () =>
  withAgent(async ({ api }, _node, agent) => {
    const expected: Record<string, number> = {}
    for (let i = 0; i < 20; i++) {
      await createPod(api, { name: `moment-${i}`, args: [`${2000 + i}`, '50'] })
      expected[`default/moment-${i}/main`] = 2000 + i
    }
    await shows(agent, expected)
  }),
)
s.run()
