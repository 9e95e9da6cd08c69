/** The service name of resources for which the receiver had none, once their pod is known. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { z } from 'zod'
import type { Attributes } from '../../../pipeline/data/attributes.ts'
import { UNKNOWN_SERVICE } from '../../../pipeline/data/resource.ts'
import type { config } from '../../../processors/k8s_attributes/config.ts'
import type { Row } from '../../kit/metrics.ts'
import { containerId, type PodParts, podUid, rawPod } from '../../kit/pods.ts'
import { startRig } from './rig.ts'

const ORIGIN = { 'host.name': 'node-a', 'service.instance.id': 'node-a' }
const APP = containerId('app')

/** A container as the receiver describes it. */
function nameless(id: string, more: Attributes = {}): Row {
  const own = { 'container.id': id, 'k8s.pod.uid': podUid(1) }
  const service = { 'service.name': UNKNOWN_SERVICE, 'service.instance.id': id }
  const resource = {
    id: `container::${id}`,
    attributes: { ...ORIGIN, ...service, ...own, ...more },
    origin: ORIGIN,
  }
  return { resource, attributes: { 'syscall.name': 'read' }, values: { 'swoll.syscall.calls': 1 } }
}

/** `namespace/name instance` of what comes out for these rows. */
async function services(rows: readonly Row[], pod: PodParts | undefined, given: z.input<typeof config> = {}) {
  await using rig = await startRig({
    config: given,
    prepare: api => (pod ? api.put(rawPod(pod)) : undefined),
  })
  const points = await rig.send(rows)
  return points.map(({ resourceAttributes: a }) => {
    assert.is(a['host.name'], 'node-a')
    return `${a['service.namespace']}/${a['service.name']} ${a['service.instance.id']}`
  })
}

const owner = { kind: 'DaemonSet', name: 'log' }
const s = suite('the service of a container')
for (const [what, pod, want] of [
  ['its workload', { owner }, 'shop/log shop.web-0.app'],
  ['its pod, without one', {}, 'shop/web-0 shop.web-0.app'],
  ['its label', { owner, labels: { 'app.kubernetes.io/name': 'l' } }, 'shop/l shop.web-0.app'],
  [
    'what annotations say',
    {
      annotations: {
        'resource.opentelemetry.io/service.name': 'n',
        'resource.opentelemetry.io/service.instance.id': 'i',
      },
    },
    'shop/n i',
  ],
  [
    'another instance after a restart',
    { containers: { app: { id: APP, restartCount: 2 } } },
    'shop/web-0 shop.web-0.app.2',
  ],
] as const)
  s(`is ${what}`, async () => assert.equal(await services([nameless(APP)], pod), [want]))
s('is one with the instance before a restart only as long as that is the same container', async () => {
  const last = containerId('last')
  const containers = { app: { id: APP, lastId: last, restartCount: 1 } }
  assert.equal(await services([nameless(APP), nameless(last)], { containers }), [
    'shop/web-0 shop.web-0.app.1',
    'shop/web-0 shop.web-0.app',
  ])
})
s('is the name that the container has already', async () => {
  const rows = [nameless(APP, { 'service.name': 'own', 'service.instance.id': '7' })]
  assert.equal(await services(rows, { owner }), ['undefined/own 7'])
})
s('is as the conventions have it where that is asked for', async () => {
  const pod = { containers: { app: { id: APP, restartCount: 2 } } }
  const config = { extract: { metadata: ['service.instance.id' as const] } }
  assert.equal(await services([nameless(APP)], pod, config), ['shop/web-0 shop.web-0.app'])
})
for (const [level, want] of [
  ['pod', 'shop/log shop.web-0'],
  ['workload', 'shop/log shop.daemonset.log.node-a'],
] as const)
  s(`is that of the ${level} that is added up`, async () => {
    const rows = [nameless(APP), nameless(containerId('side'))]
    const pod = { owner, containers: { app: APP, side: containerId('side') } }
    assert.equal(await services(rows, pod, { aggregate_to: level }), [want])
  })
s('is a part of swoll for pods that stay unknown', async () => {
  assert.equal(await services([nameless(APP)], undefined, { wait: '0s' }), ['swoll/unresolved-pods node-a'])
})
s.run()
