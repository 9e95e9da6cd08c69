/** `aggregate_to`, from the API server to what is sent. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { z } from 'zod'
import type { Attributes } from '../../../pipeline/data/attributes.ts'
import { toAggregate } from '../../../processors/k8s_attributes/aggregate.ts'
import type { config } from '../../../processors/k8s_attributes/config.ts'
import type { Point, Row } from '../../kit/metrics.ts'
import { containerId, type PodParts, podUid, rawPod } from '../../kit/pods.ts'
import { containerRow, type Rig, startRig } from './rig.ts'

const GIVEN = { 'container.id': 'c', 'container.runtime.name': 'containerd', 'k8s.pod.uid': 'u' }
const POD = { 'k8s.namespace.name': 'shop', 'k8s.pod.name': 'web-0', 'k8s.node.name': 'node-a' }
const DETAILS = {
  'k8s.pod.start_time': '2026-01-01T00:00:00Z',
  'k8s.pod.ip': '10.0.0.1',
  'k8s.container.name': 'app',
  'k8s.container.restart_count': 1,
  'container.image.name': 'app',
}
const SHOP = { 'k8s.namespace.name': 'shop', 'k8s.node.name': 'node-a' }
const LABELS = { 'k8s.pod.labels.app': 'web', 'k8s.pod.annotations.note': 'n', team: 'a' }

const kept: readonly (readonly [string, 'pod' | 'workload', Attributes, Attributes])[] = [
  [
    'a pod',
    'pod',
    DETAILS,
    { ...POD, 'k8s.pod.uid': 'u', 'k8s.pod.start_time': '2026-01-01T00:00:00Z', 'k8s.pod.ip': '10.0.0.1' },
  ],
  ['a pod its labels', 'pod', LABELS, { ...POD, 'k8s.pod.uid': 'u', ...LABELS }],
  [
    'a Deployment',
    'workload',
    { ...DETAILS, 'k8s.deployment.name': 'web', 'k8s.replicaset.name': 'web-1', 'k8s.replicaset.uid': 'r' },
    { ...SHOP, 'k8s.deployment.name': 'web' },
  ],
  [
    'a ReplicaSet',
    'workload',
    { 'k8s.replicaset.name': 'web-1', 'k8s.replicaset.uid': 'r' },
    { ...SHOP, 'k8s.replicaset.name': 'web-1', 'k8s.replicaset.uid': 'r' },
  ],
  ['a StatefulSet', 'workload', { 'k8s.statefulset.name': 'db' }, { ...SHOP, 'k8s.statefulset.name': 'db' }],
  ['a DaemonSet', 'workload', { 'k8s.daemonset.name': 'log' }, { ...SHOP, 'k8s.daemonset.name': 'log' }],
  ['a Job', 'workload', { 'k8s.job.name': 'once' }, { ...SHOP, 'k8s.job.name': 'once' }],
  [
    'a CronJob',
    'workload',
    { 'k8s.cronjob.name': 'nightly', 'k8s.job.name': 'nightly-29000000' },
    { ...SHOP, 'k8s.cronjob.name': 'nightly' },
  ],
  ['a pod without owner', 'workload', DETAILS, { ...SHOP, 'k8s.pod.name': 'web-0' }],
  [
    'a workload its labels and services, but no instance',
    'workload',
    { ...LABELS, 'k8s.daemonset.name': 'log', 'service.name': 's', 'service.instance.id': 'i' },
    { ...SHOP, ...LABELS, 'k8s.daemonset.name': 'log', 'service.name': 's' },
  ],
]
const attributes = suite('toAggregate')
for (const [name, level, more, want] of kept)
  attributes(`leaves ${name}`, () => {
    assert.equal(toAggregate(level, { attributes: { ...GIVEN, ...POD, ...more } }).attributes, want)
  })
attributes('gives the same id for the same attributes, in whatever order', () => {
  const idOf = (attributes: Attributes) => toAggregate('pod', { attributes }).id
  assert.is(idOf(POD), idOf(Object.fromEntries(Object.entries(POD).reverse())))
  assert.is.not(idOf(POD), idOf({ ...POD, 'k8s.pod.name': 'web-1' }))
})
const ORIGIN = { 'host.name': 'node-a', 'service.instance.id': 'node-a' }
for (const [what, more, want] of [
  ['a workload: this node has one of it', { 'k8s.daemonset.name': 'log' }, 'shop.daemonset.log.node-a'],
  ['a pod without one', {}, 'shop.web-0'],
] as const)
  attributes(`makes an instance of ${what}`, () => {
    const given = { ...ORIGIN, ...POD, ...more, 'service.name': 's', 'service.instance.id': 'shop.web-0.app' }
    const made = toAggregate('workload', { attributes: given, origin: ORIGIN })
    assert.is(made.attributes['service.instance.id'], want)
    assert.is(made.origin, ORIGIN)
  })
attributes.run()

const WEB = { owner: { kind: 'ReplicaSet', name: 'web-abc' }, labels: { 'pod-template-hash': 'abc' } }

/** Pod `n` of the Deployment web, with two containers. */
const web = (n: number, more: PodParts = {}) =>
  rawPod({
    uid: podUid(n),
    name: `web-${n}`,
    containers: { app: containerId(`a${n}`), proxy: containerId(`p${n}`) },
    ...WEB,
    ...more,
  })
const call = (id: string, n: number, calls: number, more: Partial<Row> = {}) =>
  containerRow(containerId(`${id}${n}`), podUid(n), calls, more)

/** `deployment/pod/container label: value` of each point. */
const brief = (points: readonly Point[]) =>
  points
    .map(({ resourceAttributes: a, value, ended }) => {
      const names = ['k8s.deployment.name', 'k8s.pod.name', 'k8s.container.name', 'k8s.pod.labels.app']
      return `${names.map(name => a[name] ?? '').join('/')}: ${value}${ended ? ' ended' : ''}`
    })
    .sort()

const start = (given: z.input<typeof config>, ...pods: ReturnType<typeof rawPod>[]) =>
  startRig({ config: given, prepare: api => pods.map(pod => api.put(pod)) })
const replaced = async (rig: Rig, pod: ReturnType<typeof rawPod>) => {
  const before = (await rig.metrics())['otelsvc_k8s_pod_updated{processor=k8s_attributes}'] ?? 0
  rig.api.put(pod)
  while ((await rig.metrics())['otelsvc_k8s_pod_updated{processor=k8s_attributes}'] === before)
    await rig.clock.advance(0)
}

const s = suite('aggregate_to')
const four = [call('a', 1, 1), call('p', 1, 2), call('a', 2, 4), call('p', 2, 8)]
s('pod: adds up the containers of a pod', async () => {
  await using rig = await start({ aggregate_to: 'pod' }, web(1), web(2))
  const points = await rig.send(four)
  assert.equal(brief(points), ['web/web-1//: 3', 'web/web-2//: 12'])
  assert.equal(points[0]!.resourceAttributes, {
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'web-1',
    'k8s.pod.uid': podUid(1),
    'k8s.pod.start_time': '2026-01-01T00:00:00Z',
    'k8s.pod.revision': 'abc',
    'k8s.node.name': 'node-a',
    'k8s.deployment.name': 'web',
  })
})
s(
  'workload: adds up pods of all revisions, which would be series of their own with each rollout',
  async () => {
    const older = web(2, {
      labels: { 'pod-template-hash': 'xyz' },
      owner: { kind: 'ReplicaSet', name: 'web-xyz' },
    })
    await using rig = await start({ aggregate_to: 'workload' }, web(1), older)
    assert.equal(brief(await rig.send(four)), ['web///: 15'])
  },
)
s('workload: adds up the pods of a workload, whatever metadata is asked for', async () => {
  for (const extract of [{}, { metadata: ['k8s.node.name' as const] }]) {
    await using rig = await start({ aggregate_to: 'workload', extract }, web(1), web(2))
    const points = await rig.send(four)
    assert.equal(brief(points), ['web///: 15'])
    assert.equal(points[0]!.resourceAttributes, {
      'k8s.namespace.name': 'shop',
      'k8s.node.name': 'node-a',
      'k8s.deployment.name': 'web',
    })
    assert.is((await rig.metrics())['processor_k8s_attributes_aggregates{processor=k8s_attributes}'], 1)
  }
})
s('does not wait for the name of a container that is not needed', async () => {
  await using rig = await start({ aggregate_to: 'pod' }, web(1, { containers: { app: null } }))
  assert.equal(brief(await rig.send([call('a', 1, 5)])), ['web/web-1//: 5'])
})
s('goes on through an update of all pods, and ends when there are none any more', async () => {
  await using rig = await start({ aggregate_to: 'workload', aggregate_retention: '1m' }, web(1), web(2))
  await rig.send([call('a', 1, 5)])
  assert.equal(brief(await rig.send([call('a', 1, 6, { ended: true }), call('a', 2, 1)])), ['web///: 7'])
  assert.equal(brief(await rig.send([call('a', 2, 2, { ended: true })])), ['web///: 8'])
  const host = { resource: 'host', values: { 'swoll.syscall.calls': 1 } }
  assert.equal(brief(await rig.send([host])), ['///: 1', 'web///: 8'])
  await rig.clock.advance(60_000)
  assert.equal(brief(await rig.send([host])), ['///: 1', 'web///: 8 ended'])
  assert.equal(brief(await rig.send([host])), ['///: 1'])
})
const withLabel = (app: string) => web(1, { labels: { ...WEB.labels, app } })
const labelled = { extract: { labels: [{ key: 'app' }] } }
s('ends the old label and begins the new one when a pod is relabelled', async () => {
  for (const [level, names] of [
    ['container', 'web/web-1/app'],
    ['pod', 'web/web-1/'],
    ['workload', 'web//'],
  ] as const) {
    await using rig = await start({ aggregate_to: level, ...labelled }, withLabel('old'))
    assert.equal(brief(await rig.send([call('a', 1, 5)])), [`${names}/old: 5`])
    await replaced(rig, withLabel('new'))
    assert.equal(brief(await rig.send([call('a', 1, 7)])), [`${names}/new: 2`, `${names}/old: 5 ended`])
    assert.equal(brief(await rig.send([call('a', 1, 8)])), [`${names}/new: 3`])
  }
})
s('changes nothing when a pod changes in what is not shown', async () => {
  await using rig = await start({}, withLabel('old'))
  await rig.send([call('a', 1, 5)])
  await replaced(rig, withLabel('new'))
  assert.equal(brief(await rig.send([call('a', 1, 7)])), ['web/web-1/app/: 7'])
})
s('ends a container under the image it ran, and begins the next run under the new one', async () => {
  const images = (points: readonly Point[]) =>
    points.map(({ resourceAttributes: a, value, ended }) => {
      const names = `${a['container.image.tag']} ${a['k8s.container.restart_count']}`
      return `${names}: ${value}${ended ? ' ended' : ''}`
    })
  const [first, second] = [containerId('a1'), containerId('n1')]
  const run = (image: string, id: object) => web(1, { containers: { app: { image: `app:${image}`, ...id } } })
  await using rig = await start({}, run('1', { id: first }))
  assert.equal(images(await rig.send([call('a', 1, 5)])), ['1 0: 5'])
  await replaced(rig, run('2', { id: first }))
  assert.equal(images(await rig.send([call('a', 1, 7)])), ['1 0: 7'], 'it still runs the old one')
  await replaced(rig, run('2', { id: second, lastId: first, restartCount: 1 }))
  assert.equal(images(await rig.send([call('a', 1, 8, { ended: true }), call('n', 1, 1)])), [
    '1 0: 8 ended',
    '2 1: 1',
  ])
})
s('keeps what a pod did before it opted out, and nothing of what it does then', async () => {
  await using rig = await start({ aggregate_to: 'workload' }, web(1), web(2))
  await rig.send([call('a', 1, 5), call('a', 2, 1)])
  await replaced(rig, web(1, { labels: { ...WEB.labels, swoll: 'false' } }))
  assert.equal(brief(await rig.send([call('a', 1, 50), call('a', 2, 2)])), ['web///: 7'])
  await replaced(rig, web(1))
  assert.equal(brief(await rig.send([call('a', 1, 53), call('a', 2, 2)])), ['web///: 10'])
})
s.run()
