import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import { config } from '../../../processors/k8s_attributes/config.ts'
import { K8sAttributes } from '../../../processors/k8s_attributes/processor.ts'
import { fakeClock } from '../../kit/clock.ts'
import { eventually, sink } from '../../kit/consumers.ts'
import { createContext, never, nopHost, recordingHost } from '../../kit/context.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'
import { KubernetesApi } from '../../kit/kubernetes-api.ts'
import { metricsBatch, type Point, toPoints } from '../../kit/metrics.ts'
import { containerId, type PodParts, podUid, rawPod } from '../../kit/pods.ts'
import { rejects } from '../../kit/rejects.ts'
import { containerRow, startRig, summarize } from './rig.ts'

const APP = containerId('app')
const HASH = '0123456789abcdef0123456789abcdef'
const row = (calls: number, uid: string | undefined = podUid(1), id = APP) => containerRow(id, uid, calls)

const s = suite('k8s_attributes')

s('names a container with everything it has by default', async () => {
  await using rig = await startRig({ prepare: api => api.put(rawPod()) })
  const batch = metricsBatch([row(7)])
  const before = copyBatch(batch)
  const [point] = toPoints(await rig.sendBatch(batch))
  assert.equal(batch, before, 'the batch is not written to')
  assert.is(rig.next.batches[0]!.tables[0], batch.tables[0], 'the rows are not touched')
  assert.is(point!.value, 7n)
  assert.equal(point!.resourceAttributes, {
    'container.id': APP,
    'k8s.pod.uid': podUid(1),
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'web-0',
    'k8s.pod.start_time': '2026-01-01T00:00:00Z',
    'k8s.node.name': 'node-a',
    'k8s.container.name': 'app',
    'k8s.container.restart_count': 0,
    'container.image.name': 'registry.example/app',
    'container.image.tag': '1.2',
  })
})

/** Each case: a pod, a cgroup's row, and the identity that results. */
const cases: readonly (readonly [string, PodParts, ReturnType<typeof row>, string])[] = [
  [
    'init container',
    { initContainers: { setup: containerId('i') } },
    row(1, podUid(1), containerId('i')),
    'web-0/setup: 1',
  ],
  [
    'ephemeral container',
    { ephemeralContainers: { dbg: containerId('e') } },
    row(1, podUid(1), containerId('e')),
    'web-0/dbg: 1',
  ],
  [
    'container that was restarted in place',
    { containers: { app: { id: containerId('n'), lastId: APP, restartCount: 1 } } },
    row(1),
    'web-0/app: 1',
  ],
  ['container with the network of the host', { hostNetwork: true }, row(1), 'web-0/app: 1'],
  ['static pod', { annotations: { 'kubernetes.io/config.mirror': HASH } }, row(1, HASH), 'web-0/app: 1'],
  [
    'container whose cgroup does not name the pod',
    {},
    { ...row(1), resource: { id: 'x', attributes: { 'container.id': APP } } },
    'web-0/app: 1',
  ],
  [
    'cgroup of a pod',
    {},
    { ...row(1), resource: { id: 'p', attributes: { 'k8s.pod.uid': podUid(1) } } },
    'web-0/: 1',
  ],
]
for (const [name, parts, given, want] of cases)
  s(`names a ${name}`, async () => {
    await using rig = await startRig({ prepare: api => api.put(rawPod(parts)) })
    const points = await rig.send([given])
    assert.equal(summarize(points), [want])
    assert.is(points[0]!.resourceAttributes['k8s.pod.uid'], podUid(1))
  })

s('leaves what is not of a pod as it is', async () => {
  await using rig = await startRig()
  const resources = [
    { id: 'u', attributes: { 'systemd.unit': 'ssh.service' } },
    { id: 'c', attributes: { 'container.id': APP, 'container.runtime.name': 'docker' } },
    { id: 'unresolved', attributes: {} },
  ]
  const batch = metricsBatch(resources.map(resource => ({ resource, values: { v: 1 } })))
  assert.equal(await rig.sendBatch(batch), batch)
})

s('holds a container back until its pod comes, and then sends all of it', async () => {
  await using rig = await startRig()
  assert.equal(await rig.send([row(3)]), [])
  assert.is((await rig.metrics())['processor_k8s_attributes_held_resources{processor=k8s_attributes}'], 1)
  rig.api.put(rawPod())
  await rig.pods(1)
  assert.equal(summarize(await rig.send([row(5)])), ['web-0/app: 5'])
  assert.is((await rig.metrics())['processor_k8s_attributes_held_resources{processor=k8s_attributes}'], 0)
})

s('waits for the name of the container too, and goes without when it does not come', async () => {
  await using rig = await startRig({ prepare: api => api.put(rawPod({ containers: { app: null } })) })
  assert.equal(await rig.send([row(3)]), [])
  await rig.clock.advance(30_000)
  assert.equal(summarize(await rig.send([row(4)])), ['web-0/: 4'])
  rig.api.put(rawPod())
  await eventually(() => rig.api.watchers === 1)
  let points: Point[] = []
  await eventually(async () => {
    points = await rig.send([row(5)])
    return points.length === 2
  })
  assert.equal(
    points.map(({ resourceAttributes: a, ended }) => [a['k8s.container.name'], ended]),
    [
      [undefined, true],
      ['app', false],
    ],
  )
  assert.is(Number(points[0]!.value) + Number(points[1]!.value), 5, 'no call is in both')
})

s('names a pod that came, ran and went between two batches', async () => {
  await using rig = await startRig()
  await eventually(() => rig.api.watchers === 1)
  rig.api.put(rawPod({ containers: { app: null } }))
  rig.api.put(rawPod())
  rig.api.delete(podUid(1))
  await rig.pods(1)
  assert.equal(summarize(await rig.send([{ ...row(3), ended: true }])), ['web-0/app: 3'])
})

s('knows a dead container for as long as it is sent, however long the pod is gone', async () => {
  await using rig = await startRig({ prepare: api => api.put(rawPod()) })
  await rig.send([row(1)])
  await eventually(() => rig.api.watchers === 1)
  rig.api.delete(podUid(1))
  while ((await rig.metrics())['otelsvc_k8s_pod_deleted{processor=k8s_attributes}'] !== 1)
    await rig.clock.advance(0)
  await rig.clock.advance(310_000)
  await rig.pods(0)
  assert.equal(summarize(await rig.send([row(2)])), ['web-0/app: 2'])
})

s('drops the series of pods that opt out, and counts them', async () => {
  await using rig = await startRig({ prepare: api => api.put(rawPod({ labels: { swoll: 'false' } })) })
  assert.equal(
    await rig
      .send([row(3), { resource: 'host', values: { 'swoll.syscall.calls': 1 } }])
      .then(points => points.map(p => p.resource)),
    ['host'],
  )
  assert.is((await rig.metrics())['processor_k8s_attributes_dropped_points{processor=k8s_attributes}'], 1)
})

s('passes excluded pods without a name', async () => {
  await using rig = await startRig({ prepare: api => api.put(rawPod({ name: 'jaeger-agent' })) })
  assert.equal(summarize(await rig.send([row(3)])), ['?/: 3'])
})

s('sends deltas at once, since they do not come again', async () => {
  await using rig = await startRig()
  const batch = metricsBatch([row(3)], { temporality: 'delta' })
  assert.equal(toPoints(await rig.sendBatch(batch)), toPoints(batch))
})

s('passes unknown pods on after the wait when told so', async () => {
  await using rig = await startRig({ config: { unresolved: 'pass' } })
  assert.equal(await rig.send([row(3)]), [])
  await rig.clock.advance(30_000)
  assert.equal(summarize(await rig.send([row(4)])), ['?/: 4'])
})

s('holds no more than max_held', async () => {
  await using rig = await startRig({ config: { max_held: 1 } })
  const points = await rig.send([
    row(1),
    row(2, podUid(2), containerId('b')),
    row(4, podUid(3), containerId('c')),
  ])
  assert.equal(summarize(points), ['unresolved/: 6'])
})

s('sends what it held before all series begin anew: the next batch has nothing of it', async () => {
  await using rig = await startRig()
  assert.equal(await rig.send([row(3)]), [])
  await rig.sendBatch(metricsBatch([row(1)], { epoch: 1 }))
  assert.equal(
    rig.next.batches.flatMap(batch => summarize(toPoints(batch))),
    ['unresolved/: 3', 'unresolved/: 1'],
  )
})

s('sends what it held when it is shut down', async () => {
  const rig = await startRig()
  await rig.send([row(3)])
  await rig.shutdown()
  assert.equal(summarize(toPoints(rig.next.batches.at(-1)!)), ['unresolved/: 3'])
  await rig.api.stop()
})
s.run()

const start = suite('start')
const create = (given: object) =>
  new K8sAttributes(createContext(config.parse({ auth_type: 'kubeConfig', ...given })), sink(), fakeClock())

start('does not wait for a server that is away, and says that it is', async () => {
  const path = writeKubeconfig({ server: 'http://127.0.0.1:1' })
  const host = recordingHost()
  const processor = create({ kube_config_path: path, filter: { node: 'n' } })
  await processor.start(host, never)
  await eventually(() => host.reports.length >= 2)
  assert.is(host.reports.at(-1)!.status, 'recoverable')
  assert.match(host.reports.at(-1)!.cause!.message, /127.0.0.1:1 must be reachable/)
  await processor.shutdown(never)
})
start('reports degraded with the missing permission, and ok when it is given', async () => {
  let isAllowed = false
  await using rig = await startRig({
    config: { wait_for_metadata: false },
    api: { fail: () => (isAllowed ? undefined : 403) },
  })
  await eventually(() => rig.host.reports.some(({ status }) => status === 'recoverable'))
  assert.match(rig.host.reports.at(-1)!.cause!.message, /verbs: \["list"\]/)
  isAllowed = true
  while (rig.host.reports.at(-1)!.status !== 'ok') await rig.clock.advance(1000)
})
start('fails when it waits for metadata in vain', async () => {
  const clock = fakeClock()
  const path = writeKubeconfig({ server: 'http://127.0.0.1:1' })
  const given = {
    auth_type: 'kubeConfig',
    kube_config_path: path,
    filter: { node: 'n' },
    wait_for_metadata: true,
  } as const
  const processor = new K8sAttributes(createContext(config.parse(given)), sink(), clock)
  const started = processor.start(nopHost(), never)
  while (clock.pending() < 2) await clock.advance(0)
  void clock.advance(10_000)
  assert.match((await rejects(started, 'COMPONENT_START_FAILED')).message, /must be known within 10 s/)
  await processor.shutdown(never)
})
for (const [name, given, message] of [
  ['outside of a cluster', { auth_type: 'serviceAccount' }, /must run in a pod/],
  [
    'without its variable',
    { filter: { node_from_env_var: 'NO_SUCH' } },
    /node_from_env_var: must be a variable that is set, got NO_SUCH/,
  ],
] as const)
  start(`fails ${name}`, async () => {
    assert.match(
      (await rejects(create(given).start(nopHost(), never), 'KUBERNETES_CONFIG_INVALID')).message,
      message,
    )
  })
start('needs nothing with passthrough, and sets the address', async () => {
  const next = sink()
  const processor = new K8sAttributes(createContext(config.parse({ passthrough: true })), next, fakeClock())
  await processor.start(nopHost(), never)
  const resource = { id: 'a', attributes: { 'host.name': '10.0.0.9' } }
  await processor.consume(metricsBatch([{ resource, values: { v: 1 } }]), never)
  assert.equal(next.batches[0]!.resources[0]!.attributes, {
    'host.name': '10.0.0.9',
    'k8s.pod.ip': '10.0.0.9',
  })
})
start('shares one watch with others that ask for the same', async () => {
  await using api = await KubernetesApi.start()
  const given = { kube_config_path: writeKubeconfig({ server: api.url }), filter: { node: 'node-a' } }
  const all = [create(given), create({ ...given, extract: { metadata: ['k8s.pod.name'] } })]
  for (const processor of all) await processor.start(nopHost(), never)
  await eventually(() => api.watchers === 1)
  await all[0]!.shutdown(never)
  await all[0]!.shutdown(never)
  assert.is(api.watchers, 1)
  await all[1]!.shutdown(never)
  await eventually(() => api.watchers === 0)
  assert.is(api.requests.length, 2)
})
start('finds the node by the name of the host', async () => {
  await using api = await KubernetesApi.start()
  const { hostname } = await import('node:os')
  const name = hostname().toLowerCase()
  api.putObject(`/api/v1/nodes/${name}`, { metadata: { name, uid: 'n' } })
  const processor = create({ kube_config_path: writeKubeconfig({ server: api.url }) })
  await processor.start(nopHost(), never)
  await eventually(() => api.watchers === 1)
  assert.is(api.requests[1]!.query.fieldSelector, `spec.nodeName=${name}`)
  await processor.shutdown(never)
})
start.run()
