/** Jobs on the agents of two nodes, as the client library has them: every call once, in order, whatever becomes of an agent. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SwollClient, TraceSpec } from '../../../client/client.ts'
import { lacksOtlpCollector, startOtlpCollector } from '../../kit/otlp-collector.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import { AgentCluster, createNamespace } from '../kit/kubernetes/agents.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { assertEachOnce, numbersIn, Replicas } from '../kit/kubernetes/known-calls.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { createPod, hasEnded, waitForPod } from '../kit/kubernetes/pods.ts'
import { clientOf, createTracer, Watching } from '../kit/kubernetes/trace-user.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { lacksVictoriaLogs, startVictoriaLogs } from '../kit/victoria-logs.ts'

requireAll(lacksBpf(), lacksFile(join(import.meta.dirname, '../../../native/build/swoll.node')), lacksNode())
requireAll(lacksOtlpCollector(), lacksVictoriaLogs())

const CALLS = 101
const WEB: TraceSpec = { syscalls: [CALLER_SYSCALL], labelSelector: { matchLabels: { app: 'web' } } }

interface Shared {
  readonly all: AgentCluster
  /** One for each agent. */
  readonly clients: readonly SwollClient[]
  /** The store of logs that the agents' pipelines lead to, by way of a Collector. */
  readonly store: Awaited<ReturnType<typeof startVictoriaLogs>>
}

/** For all tests of this file, gone after the last. */
const stack = new AsyncDisposableStack()
let shared: Promise<Shared> | undefined
let left = 0

async function start(): Promise<Shared> {
  const store = stack.use(await startVictoriaLogs())
  const collector = stack.use(await startOtlpCollector({ logsTo: store.otlpUrl }))
  const config = (pods: object) => ({
    receivers: { ebpf: {}, trace_jobs: {} },
    processors: { k8s_attributes: pods },
    exporters: {
      prometheus: { endpoint: '127.0.0.1:0' },
      otlp_grpc: { endpoint: `http://127.0.0.1:${collector.port}` },
    },
    service: {
      pipelines: {
        metrics: { receivers: ['ebpf'], exporters: ['prometheus'] },
        logs: { receivers: ['trace_jobs'], processors: ['k8s_attributes'], exporters: ['otlp_grpc'] },
      },
    },
  })
  const all = stack.use(await AgentCluster.start(2, { config }))
  await createNamespace(all.api, 'shop')
  const token = await createTracer(all)
  return { all, clients: all.agents.map(agent => clientOf(all, agent, token)), store }
}

const s = suite('trace jobs on two nodes')
function onAgents(name: string, body: (shared: Shared) => Promise<void>): void {
  left++
  s(name, async () => {
    try {
      shared ??= start()
      const { all } = await shared
      await body(await shared).catch(error => {
        process.stderr.write(all.logs())
        throw error
      })
    } finally {
      if (--left === 0) await stack.disposeAsync()
    }
  })
}

/** Creates the same job on each agent. */
async function createEach({ clients }: Shared, id: string, spec: TraceSpec): Promise<void> {
  for (const client of clients) await client.create({ namespace: 'shop' }, spec, { id })
}

async function deleteEach({ clients }: Shared, id: string): Promise<void> {
  for (const client of clients) await client.delete(id)
}

onAgents(
  'show every call of three replicas once and in order, across the restart of an agent',
  async shared => {
    const { all, clients } = shared
    const spec: TraceSpec = { ...WEB, persistent: true }
    await createEach(shared, 'web', spec)
    await using first = new Watching(clients[0]!, 'web')
    await using second = new Watching(clients[1]!, 'web')
    const replicas = await Replicas.create(all.api, () => all.nodes, {
      name: 'web',
      namespace: 'shop',
      replicas: 3,
      calls: CALLS,
    })
    const arrived = () => numbersIn([...first.lines, ...second.lines])
    const allArrived = () =>
      waitFor('the calls', async () => {
        const numbers = arrived()
        return Object.entries(replicas.made).every(([pod, calls]) => numbers.get(pod)?.length === calls)
      }).catch(() => {})
    await allArrived()
    await all.agents[0]!.kill()
    await all.agents[0]!.start()
    await waitFor('the job', () => clients[0]!.get('web'))
    await replicas.burst()
    await allArrived()
    assertEachOnce(arrived(), replicas.made)
    assert.equal([first.changes, second.changes], [['connected', 'disconnected', 'restarted'], ['connected']])
    // Of how many, nobody knows who was not there.
    assert.equal([first.lost, second.lost], [{ restarted: 0 }, {}])
    for (const client of clients) {
      const { state, lost } = await client.status('web')
      assert.equal([state, lost], ['Running', {}])
      await client.delete('web')
    }
    await Promise.all([first.ended(), second.ended()])
    for (const { lines } of [first, second]) assert.match(lines.at(-1)!, /"type":"over","reason":"Deleted"/)
    for (const [i, { jobsFolder }] of all.agents.entries()) {
      assert.equal(await clients[i]!.jobs(), { running: {}, completed: {} })
      assert.equal(readdirSync(jobsFolder), [])
    }
  },
)

onAgents('leave a pod alone that opts out', async shared => {
  const { api } = shared.all
  await createEach(shared, 'pair', { ...WEB, labelSelector: { matchLabels: { app: 'pair' } } })
  await using first = new Watching(shared.clients[0]!, 'pair')
  await using second = new Watching(shared.clients[1]!, 'pair')
  const pods = [
    { name: 'out', namespace: 'shop', labels: { app: 'pair', swoll: 'false' }, args: ['17#', '0'] },
    { name: 'in', namespace: 'shop', labels: { app: 'pair' }, args: ['13#', '0'] },
  ]
  for (const pod of pods) {
    await createPod(api, pod)
    await waitForPod(api, pod, hasEnded)
  }
  const arrived = () => numbersIn([...first.lines, ...second.lines])
  await waitFor('the calls', async () => arrived().get('in')?.length === 13).catch(() => {})
  await deleteEach(shared, 'pair')
  await Promise.all([first.ended(), second.ended()])
  assertEachOnce(arrived(), { in: 13 })
  assert.equal([first.lost, second.lost], [{}, {}])
})

onAgents('go down the pipelines into a store of logs, once, under the names of their pods', async shared => {
  const { all, store } = shared
  await createEach(shared, 'stored', {
    ...WEB,
    labelSelector: { matchLabels: { app: 'stored' } },
    output: ['logs', 'otlp'],
  })
  await Replicas.create(all.api, () => all.nodes, {
    name: 'stored',
    namespace: 'shop',
    replicas: 2,
    calls: 211,
  })
  const filter = `syscall.name:=${CALLER_SYSCALL} swoll.trace.namespace:=shop`
  const fields = ['swoll.trace.job', 'k8s.namespace.name', 'k8s.container.name']
  await store.shows(filter, fields, { 'stored shop main': 422 })
  await deleteEach(shared, 'stored')
})
s.run()
