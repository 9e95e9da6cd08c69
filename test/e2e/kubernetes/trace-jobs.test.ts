/** Jobs on the agents of two nodes, as the client library has them: every call once, in order, whatever becomes of an agent. */
// Shares: pods.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { JobStatus, SwollClient, TraceSpec } from '../../../client/client.ts'
import { RunningCli, runCli, Scratch } from '../../kit/cli.ts'
import { lacksOtlpCollector, startOtlpCollector } from '../../kit/otlp-collector.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import { AgentCluster, createNamespace, SERVER_NAME } from '../kit/kubernetes/agents.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { assertEachOnce, numbersIn, Replicas } from '../kit/kubernetes/known-calls.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { createPod, deletePod, hasEnded, toContainer, waitForPod } from '../kit/kubernetes/pods.ts'
import { clientOf, createTracer, Watching } from '../kit/kubernetes/trace-user.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { explained, sharing } from '../kit/kubernetes/with-cluster.ts'
import { lacksVictoriaLogs, startVictoriaLogs } from '../kit/victoria-logs.ts'

requireAll(lacksBpf(), lacksFile(join(import.meta.dirname, '../../../native/build/swoll.node')), lacksNode())
requireAll(lacksOtlpCollector(), lacksVictoriaLogs())

const CALLS = 101
const WEB: TraceSpec = { syscalls: [CALLER_SYSCALL], labelSelector: { matchLabels: { app: 'web' } } }

interface Shared {
  readonly all: AgentCluster
  /** One for each agent. */
  readonly clients: readonly SwollClient[]
  /** Of somebody who may trace everything. */
  readonly token: string
  /** The store of logs that the agents' pipelines lead to, by way of a Collector. */
  readonly store: Awaited<ReturnType<typeof startVictoriaLogs>>
}

async function start(stack: AsyncDisposableStack): Promise<Shared> {
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
  return { all, clients: all.agents.map(agent => clientOf(all, agent, token)), token, store }
}

const s = suite('trace jobs on two nodes')
const add = sharing(s, start)
const onAgents = (name: string, body: (shared: Shared) => Promise<void>): void =>
  add(name, shared => explained(shared.all, () => body(shared)))

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

onAgents('have the calls of init, sidecar, ephemeral and restarted containers, each once', async shared => {
  const { api } = shared.all
  const labels = { app: 'many' }
  await createEach(shared, 'many', { ...WEB, labelSelector: { matchLabels: labels } })
  await using first = new Watching(shared.clients[0]!, 'many')
  await using second = new Watching(shared.clients[1]!, 'many')
  const sidecar = { ...toContainer('sidecar', ['7#', 'forever']), restartPolicy: 'Always' }
  const spec = {
    restartPolicy: 'OnFailure',
    initContainers: [toContainer('init', ['5#', '0']), sidecar],
    containers: [toContainer('main', ['11#', '200', '3'])],
  }
  const pod = { name: 'many', namespace: 'shop', labels, spec }
  await createPod(api, pod)
  await waitForPod(api, pod, ({ status }) => status.phase === 'Running')
  await api.patch('/api/v1/namespaces/shop/pods/many/ephemeralcontainers', {
    spec: { ephemeralContainers: [toContainer('debugger', ['13#', 'forever'])] },
  })
  const arrived = () => numbersIn([...first.lines, ...second.lines], 'name')
  const has = (name: string, calls: number) => (arrived().get(name)?.length ?? 0) >= calls
  await waitFor('the calls', async () => has('debugger', 13) && has('main', 2 * 11))
  await deletePod(api, 'many', 'shop')
  await deleteEach(shared, 'many')
  await Promise.all([first.ended(), second.ended()])
  const { main = [], ...others } = Object.fromEntries(arrived())
  assert.equal(others, { init: upTo(5), sidecar: upTo(7), debugger: upTo(13) })
  const runs = Array.from({ length: Math.ceil(main.length / 11) }, () => upTo(11)).flat()
  assert.equal(main, runs.slice(0, main.length), 'each run begins anew; the last may have been cut short')
  assert.equal([first.lost, second.lost], [{}, {}])
})

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

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
/** A command of the original's client for all agents, with what its flags cannot say in the environment. */
function toCommand({ all, token }: Shared, ...args: readonly string[]): [string[], string[]] {
  const endpoints = all.agents.map(({ endpoint }) => endpoint).join()
  const env = { SWOLL_CA: all.cluster.caFile, SWOLL_SERVER_NAME: SERVER_NAME, SWOLL_TOKEN: token }
  const wrapper = ['env', ...Object.entries(env).map(entry => entry.join('='))]
  return [['client', ...args, '--endpoints', endpoints, '--use-tls'], wrapper]
}

function runClient(shared: Shared, ...args: readonly string[]) {
  const [command, wrapper] = toCommand(shared, ...args)
  return runCli(command, { wrapper })
}

function statusesOf(shared: Shared, id: string): JobStatus[] {
  return JSON.parse(runClient(shared, 'status', id, '-o', 'json').stdout)
}

/** The numbers of the calls in lines of the original's form. */
function payloadsIn(text: string): Map<string, number[]> {
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
  return numbersIn(lines.map(line => JSON.stringify((JSON.parse(line) as { payload: object }).payload)))
}

onAgents("are told by the command lines of the original's client", async shared => {
  using scratch = new Scratch()
  const spec = { labelSelector: { matchLabels: { app: 'lines' } }, syscalls: ['execve'] }
  const file = scratch.write('trace.yaml', stringify(spec))
  const flags = ['-n', 'shop', '-f', file, '-s', `sys_${CALLER_SYSCALL}`, '-F', 'status.phase=Running']
  const created = runClient(shared, 'create', ...flags, '-m', 'main', '-j', 'lines')
  assert.equal([created.status, created.stdout], [0, 'lines\n'], created.stderr)
  using watcher = new RunningCli(...toCommand(shared, 'watch', 'lines'))
  const { all } = shared
  const options = { name: 'lines', namespace: 'shop', replicas: 2, calls: 7 }
  const replicas = await Replicas.create(all.api, () => all.nodes, options)
  await waitFor('both streams', async () => statusesOf(shared, 'lines').every(({ clients }) => clients === 1))
  await replicas.burst()
  await waitFor('the calls', async () => [...payloadsIn(watcher.stdout).values()].flat().length >= 14)
  // What they did before they were running was not asked for.
  for (const pod of Object.keys(replicas.made))
    assert.equal(payloadsIn(watcher.stdout).get(pod)?.slice(-7), [8, 9, 10, 11, 12, 13, 14])
  const running = runClient(shared, 'query', 'running')
  assert.match(running.stdout, /"name": "lines"/)
  assert.match(running.stderr, new RegExp(`endpoint=.*${all.agents[0]!.endpoint}`))
  assert.not.match(runClient(shared, 'query', 'completed').stdout, /"name": "lines"/)
  const deleted = runClient(shared, 'delete', 'lines')
  assert.is(deleted.status, 0, deleted.stderr)
  assert.is([...deleted.stdout.matchAll(/^Deleting lines on .* Success!$/gm)].length, 2)
  assert.is(await watcher.ended(), 0)
  const again = runClient(shared, 'delete', 'lines')
  assert.is(again.status, 1)
  assert.is([...again.stdout.matchAll(/^Deleting lines on .* FAIL!$/gm)].length, 2)
})
s.run()
