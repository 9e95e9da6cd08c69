/** Whose calls a job wants, by what pods and namespaces say; no kernel is asked. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toRoots } from '../../../kernel/cgroups/roots.ts'
import { ObjectCache } from '../../../kubernetes/pods/object-cache.ts'
import { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import type { JobPlace } from '../../../trace/api/to-request.ts'
import { createNames } from '../../../trace/formats/names.ts'
import { createMachine } from '../../../trace/jobs/machine.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'
import { nopHost } from '../../kit/context.ts'
import { CONTAINER, CONTAINER_ID, POD_UID, UNIT } from '../../kit/trace-batch.ts'
import { anyClose } from './fake-machine.ts'

const NODE: JobPlace = { node: { from: 'containers' } }
const ALL: JobPlace = { node: { from: 'all' } }
const SHOP: JobPlace = { namespace: 'shop' }
const PATH = `/kubepods/pod${POD_UID}/${CONTAINER_ID}`

interface Said {
  /** Labels of the pod; undefined: it is not known. */
  readonly pod?: Record<string, string>
  readonly namespace?: string
  readonly requireConsent?: boolean
}

async function wanted({ pod, namespace, requireConsent = false }: Said, place: JobPlace) {
  const clock = fakeClock()
  const annotations = namespace === undefined ? {} : { 'swoll.criticalstack.com/trace': namespace }
  const client = { getMetadata: async () => ({ name: 'shop', uid: 'u', annotations }) }
  const objects = new ObjectCache({ client, clock, onRefused() {} })
  const pods = new PodStore({ source: { run: async () => {}, refresh() {} }, objects, clock, graceMs: 1000 })
  if (pod)
    pods.put({
      metadata: { uid: POD_UID, name: 'web-0', namespace: 'shop', resourceVersion: '1', labels: pod },
      status: { containerStatuses: [{ name: 'nginx', image: 'nginx', containerID: `x://${CONTAINER_ID}` }] },
    })
  const machine = createMachine({
    host: nopHost(),
    clock,
    pods,
    names: createNames(() => undefined),
    policy: { stringBytes: 256, payloadBytes: 0, environments: false },
    redact: [],
    requireConsent,
    ringBytes: 1,
    queueBytes: 1,
    roots: toRoots({ root_path: '/' }),
  })
  const { spec } = machine.toOrder(anyClose({ place }))
  const first = spec.wants!(CONTAINER, PATH)
  await settled()
  spec.hasChanged!()
  const later = spec.wants!(CONTAINER, PATH)
  await clock.advance(10_000)
  return {
    first,
    later,
    last: spec.wants!(CONTAINER, PATH),
    unit: spec.wants!(UNIT, '/system.slice/ssh.service'),
  }
}

const consent = suite('consent of a job')
for (const [name, place] of [
  ['of a namespace', SHOP],
  ['of all containers', NODE],
  ['of all that the node does', ALL],
] as const)
  for (const [what, said, want] of [
    ['a pod that says nothing', { pod: {} }, 'yes'],
    ['a pod that opts out', { pod: { swoll: 'false' } }, 'no'],
    ['a pod of a namespace that denies', { pod: {}, namespace: 'deny' }, 'no'],
    ['a pod that agrees, of a namespace that denies', { pod: { swoll: 'true' }, namespace: 'deny' }, 'no'],
    ['a pod that says nothing, where consent is required', { pod: {}, requireConsent: true }, 'no'],
    ['a pod that agrees, where it is required', { pod: { swoll: 'true' }, requireConsent: true }, 'yes'],
    [
      'a namespace that allows, where it is required',
      { pod: {}, namespace: 'allow', requireConsent: true },
      'yes',
    ],
  ] as const)
    consent(`${name}, ${what}: ${want}, and nothing before the namespace is known`, async () => {
      const { first, later, last } = await wanted(said, place)
      assert.is(first, what === 'a pod that opts out' ? 'no' : 'unknown')
      assert.equal([later, last], [want, want])
    })

consent(
  'a pod that nobody knows is traced by jobs of the node, but not where consent is required',
  async () => {
    assert.equal((await wanted({}, NODE)).last, 'yes')
    assert.equal((await wanted({}, SHOP)).last, 'unknown')
    for (const place of [NODE, SHOP, ALL])
      assert.equal((await wanted({ requireConsent: true }, place)).last, 'unknown')
  },
)
consent('services have no namespace to ask', async () => {
  assert.equal((await wanted({ requireConsent: true }, ALL)).unit, 'yes')
})
consent.run()
