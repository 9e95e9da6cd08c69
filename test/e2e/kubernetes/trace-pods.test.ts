/** The agent on a real node, tracing selected pods into a file: their calls and no others, from the first on, whatever becomes of them. */
// Has for itself: pods (its agent counts those of the whole machine).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { RunningCli, Scratch } from '../../kit/cli.ts'
import type { LogRecord } from '../../kit/events.ts'
import { readLogLines } from '../../kit/otlp-events.ts'
import { lacksBpf, requireAll } from '../../kit/skip.ts'
import { watching } from '../kit/kubernetes/agent.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { lacksNode, type Node, startNode } from '../kit/kubernetes/node.ts'
import { withinSight } from '../kit/kubernetes/node-cgroup.ts'
import { createPod, deletePod, hasEnded, type Pod, waitForPod } from '../kit/kubernetes/pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksBpf(), lacksNode())

/** An agent that writes traced calls to a file, under the names of the pods that made them. */
class Tracer implements Disposable {
  readonly #scratch = new Scratch()
  readonly #file = join(this.#scratch.path, 'calls.jsonl')
  readonly #swoll: RunningCli

  private constructor(origin: object, selection: object, wrapper: readonly string[]) {
    const config = {
      receivers: {
        ebpf: { trace: { syscalls: [CALLER_SYSCALL, 'execve'], pods: { ...origin, ...selection } } },
      },
      processors: { k8s_attributes: origin },
      exporters: { file: { path: this.#file, flush_interval: '100ms' } },
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: { logs: { receivers: ['ebpf'], processors: ['k8s_attributes'], exporters: ['file'] } },
      },
    }
    const path = this.#scratch.write('agent.yaml', stringify(config))
    this.#swoll = new RunningCli(['collector', '--config', path], wrapper)
  }

  /** `wrapper`: a command that turns into the agent. */
  static async start(
    cluster: Cluster,
    node: Node,
    selection: object,
    wrapper: readonly string[] = [],
  ): Promise<Tracer> {
    const tracer = new Tracer(watching(cluster, node), selection, wrapper)
    await tracer.logged(/Everything is ready/)
    return tracer
  }

  logged(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#swoll.logged(pattern)
  }

  /** All that is in the file. */
  records(): LogRecord[] {
    const text = readFileSync(this.#file, 'utf8')
    return readLogLines(text.slice(0, text.lastIndexOf('\n') + 1))
  }

  /** Calls by namespace, pod and container; the pause container has no name. */
  calls(): Record<string, number> {
    const calls: Record<string, number> = {}
    for (const { eventName, resourceAttributes: own } of this.records()) {
      if (eventName === 'swoll.gap') continue
      const key = ['namespace', 'pod', 'container'].map(kind => own[`k8s.${kind}.name`] ?? '').join('/')
      calls[key] = (calls[key] ?? 0) + 1
    }
    return calls
  }

  /** Sums of losses of these pods, or of all, by reason. What other clusters of this machine run, nobody can tell the pods of. */
  losses(pods?: readonly Pod[]): Record<string, number> {
    const uids = pods && new Set<unknown>(pods.map(({ metadata }) => metadata.uid))
    const losses: Record<string, number> = {}
    for (const { eventName, attributes, resourceAttributes } of this.records()) {
      if (eventName !== 'swoll.gap' || uids?.has(resourceAttributes['k8s.pod.uid']) === false) continue
      const reason = String(attributes['swoll.loss_reason'])
      losses[reason] = (losses[reason] ?? 0) + Number(attributes['swoll.lost_events'])
    }
    return losses
  }

  async stop(): Promise<void> {
    this.#swoll.kill('SIGTERM')
    assert.is(await this.#swoll.ended(), 0)
  }

  [Symbol.dispose](): void {
    this.#swoll[Symbol.dispose]()
    this.#scratch[Symbol.dispose]()
  }
}

const isRunning = ({ status }: { readonly status: { readonly phase: string } }) => status.phase === 'Running'
const wordsOf = (key: string) => key.split('/')

function toStack(all: readonly Disposable[]): DisposableStack {
  const stack = new DisposableStack()
  for (const each of all) stack.use(each)
  return stack
}

const s = suite('trace::pods on a node of Kubernetes')
const onNode = sharingNode(s)
onNode('is silent about the pods of another node that shares the machine', async (cluster, node) => {
  const { api } = cluster
  await using other = await startNode(cluster, { name: 'node-2' })
  const nodes = [node, other]
  const tracers = await Promise.all(
    nodes.map(each => Tracer.start(cluster, each, { label_selector: 'on' }, withinSight(each.cgroupRoot))),
  )
  using _stack = toStack(tracers)
  for (const { name } of nodes)
    await createPod(api, { name, labels: { on: name }, args: ['1009', '0'], spec: { nodeName: name } })
  for (const { name } of nodes) await waitForPod(api, { name }, hasEnded)
  for (const [i, tracer] of tracers.entries()) {
    const pod = `default/${nodes[i]!.name}`
    await waitFor('that of the pause container', async () => tracer.calls()[`${pod}/`]).catch(() => {})
    await tracer.stop()
    assert.equal(tracer.calls(), { [`${pod}/`]: 1, [`${pod}/main`]: 1010 })
    assert.equal(tracer.losses(), {})
  }
  await api.delete(`/api/v1/nodes/${other.name}`)
})
onNode('sends every call of the pods that match, and of no others, from the first', async (cluster, node) => {
  const { api } = cluster
  const created = [
    await createPod(api, { name: 'old', labels: { app: 'web' }, args: ['100000@1000', 'forever'] }),
  ]
  await waitForPod(api, { name: 'old' }, isRunning)
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } })
  await waitFor('its account', () => api.get('/api/v1/namespaces/elsewhere/serviceaccounts/default'))
  using tracer = await Tracer.start(cluster, node, {
    namespaces: ['default'],
    label_selector: 'app in (web,db),!canary',
  })
  const pods = [
    { name: 'web', labels: { app: 'web' }, args: ['211', '0'] },
    { name: 'db', labels: { app: 'db' }, args: ['101', '0'] },
    { name: 'canary', labels: { app: 'web', canary: 'yes' }, args: ['7', '0'] },
    { name: 'other', labels: { app: 'other' }, args: ['11', '0'] },
    { name: 'web', namespace: 'elsewhere', labels: { app: 'web' }, args: ['13', '0'] },
  ]
  for (const pod of pods) created.push(await createPod(api, pod))
  for (const pod of pods) await waitForPod(api, pod, ({ status }) => status.phase === 'Succeeded')
  // Those of the pause containers come last: that they have no name is seen after 3 s.
  await waitFor('the last calls', async () => {
    const calls = tracer.calls()
    return (
      calls['default/web/'] && calls['default/db/'] && calls['default/web/main'] && calls['default/db/main']
    )
  }).catch(() => {})
  await deletePod(api, 'old')
  await tracer.stop()
  const { 'default/old/main': old, ...calls } = tracer.calls()
  assert.ok(old! > 100, `${old} calls of one that was there before`)
  // Each of them became the caller first, by execve.
  const mains = Object.entries(calls).filter(([key]) => wordsOf(key)[2] === 'main')
  assert.equal(Object.fromEntries(mains.sort()), { 'default/db/main': 102, 'default/web/main': 212 })
  const others = Object.keys(calls).filter(key => !/^default\/(web|db|old)\//.test(key))
  assert.equal(others, [])
  assert.equal(tracer.losses(created), {})
})
onNode('follows labels, and chooses containers by name', async (cluster, node) => {
  const { api } = cluster
  const path = '/api/v1/namespaces/default/pods/changing'
  using tracer = await Tracer.start(cluster, node, { label_selector: 'app=web', containers: ['main'] })
  const changing = { name: 'changing', labels: { app: 'db' }, args: ['100000@1000', 'forever'] }
  const pod = await createPod(api, changing)
  await waitForPod(api, { name: 'changing' }, isRunning)
  await new Promise(resolve => setTimeout(resolve, 2000))
  assert.equal(tracer.calls(), {})
  await api.patch(path, { metadata: { labels: { app: 'web' } } })
  await waitFor('calls', async () => tracer.calls()['default/changing/main']! > 100)
  await api.patch(path, { metadata: { labels: { app: 'db' } } })
  let last = -1
  await waitFor('no more calls', async () => {
    const before = last
    last = tracer.calls()['default/changing/main']!
    await new Promise(resolve => setTimeout(resolve, 1500))
    return last === before
  })
  await deletePod(api, 'changing')
  await tracer.stop()
  assert.equal(Object.keys(tracer.calls()), ['default/changing/main'])
  assert.equal(tracer.losses([pod]), {})
})
onNode('counts what nobody can tell the pod of, and goes on when somebody can', async (cluster, node) => {
  const { api } = cluster
  const pod = await createPod(api, { name: 'slow', args: ['100000@10000', 'forever'] })
  await waitForPod(api, { name: 'slow' }, isRunning)
  await cluster.stopApiServer()
  using tracer = await Tracer.start(cluster, node, { names: ['slow'] })
  await tracer.logged(/Component is degraded .*receivers::ebpf|receivers::ebpf.*Component is degraded/)
  await waitFor('losses', async () => tracer.losses([pod]).unresolved! > 10)
  assert.equal(tracer.calls(), {})
  await cluster.startApiServer()
  await waitFor('calls', async () => tracer.calls()['default/slow/main']! > 100)
  await deletePod(api, 'slow')
  await tracer.stop()
  assert.equal(Object.keys(tracer.losses([pod])), ['unresolved'])
  assert.equal(Object.keys(tracer.calls()), ['default/slow/main'])
})
s.run()
