import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RawPod } from '../../../kubernetes/pods/pod.ts'
import { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import { createPodView } from '../../../trace/requests/pod-view.ts'
import { fakeClock } from '../../kit/clock.ts'
import { CONTAINER, CONTAINER_ID, POD_UID, resourceAt } from '../../kit/trace-batch.ts'

function rawPod(containers: readonly string[]): RawPod {
  return {
    metadata: {
      uid: POD_UID,
      name: 'web-0',
      namespace: 'shop',
      resourceVersion: String(containers.length),
      labels: { app: 'web' },
    },
    status: {
      containerStatuses: containers.map(id => ({ name: 'nginx', image: 'nginx', containerID: `x://${id}` })),
    },
  }
}
function viewed() {
  const clock = fakeClock()
  const store = new PodStore({ source: { run: async () => {}, refresh() {} }, clock, graceMs: 1000 })
  return { clock, store, view: createPodView(store, () => clock.monotonicMs()) }
}

const view = suite('createPodView')
view('knows nothing of a pod that is not here yet, and says that somebody asked', () => {
  const { view } = viewed()
  assert.not(view.hasChanged!())
  assert.is(view.findPlace(CONTAINER), undefined)
  assert.is(view.findName(CONTAINER), undefined)
  assert.ok(view.hasChanged!())
  assert.not(view.hasChanged!())
})
view('knows nothing of a container with the id of a pod’s that a user made', () => {
  const { store, view } = viewed()
  store.put(rawPod([CONTAINER_ID]))
  const attributes = { 'container.id': CONTAINER_ID, 'systemd.unit': 'user@1000.service' }
  assert.is(view.findName({ id: 'x', attributes }), undefined)
})
view('gives the place of a container, and says that pods changed', () => {
  const { store, view } = viewed()
  store.put(rawPod([CONTAINER_ID]))
  assert.ok(view.hasChanged!())
  const place = view.findPlace(CONTAINER)!
  assert.equal(
    [place.namespace, place.pod, place.container, place.labels],
    ['shop', 'web-0', 'nginx', { app: 'web' }],
  )
  assert.is(view.findName(CONTAINER)?.image, 'nginx')
  assert.not(view.hasChanged!())
})
for (const [name, change] of [
  ['label', { labels: { swoll: 'false' } }],
  ['annotation', { annotations: { swoll: 'false' } }],
] as const)
  view(`knows a pod that opts out by its ${name}`, () => {
    const { store, view } = viewed()
    const pod = rawPod([CONTAINER_ID])
    store.put({ ...pod, metadata: { ...pod.metadata, ...change } })
    assert.ok(view.findPlace(CONTAINER)!.isOptedOut)
  })
view('takes no other value for an opt-out', () => {
  const { store, view } = viewed()
  const pod = rawPod([CONTAINER_ID])
  store.put({ ...pod, metadata: { ...pod.metadata, labels: { swoll: 'true' } } })
  assert.not(view.findPlace(CONTAINER)!.isOptedOut)
})
for (const [name, answer, isRequired, wantPlace, wantOverdue] of [
  ['agrees', 'yes', false, false, false],
  ['does not agree', 'no', false, true, false],
  ['may yet agree', 'unknown', false, undefined, false],
] as const)
  view(`asks for the consent of a pod, which ${name}`, async () => {
    const { clock, store } = viewed()
    const consent = { isRequired, of: () => answer, hasChanged: () => false }
    const view = createPodView(store, () => clock.monotonicMs(), consent)
    store.put(rawPod([CONTAINER_ID]))
    assert.ok(view.hasChanged!())
    assert.is(view.findPlace(CONTAINER)?.isOptedOut, wantPlace)
    assert.is(view.hasChanged!(), answer === 'unknown', 'it is asked again')
    view.isOverdue(CONTAINER)
    await clock.advance(3000)
    assert.is(view.isOverdue(CONTAINER), wantOverdue, 'nobody is traced for having been silent')
  })
view('waits for ever for a pod that is not known, where consent is required', async () => {
  const { clock, store } = viewed()
  const at = (isRequired: boolean) =>
    createPodView(store, () => clock.monotonicMs(), { isRequired, of: () => 'yes', hasChanged: () => false })
  const [required, asked] = [at(true), at(false)]
  for (const each of [required, asked]) each.isOverdue(CONTAINER)
  await clock.advance(3000)
  assert.equal([required.isOverdue(CONTAINER), asked.isOverdue(CONTAINER)], [false, true])
})
view('says that consent has changed', () => {
  const { clock, store } = viewed()
  const consent = { isRequired: false, of: () => 'yes' as const, hasChanged: () => true }
  assert.ok(createPodView(store, () => clock.monotonicMs(), consent).hasChanged!())
})
view('says after a while that a pod may never be known, and forgets it once it is', async () => {
  const { clock, store, view } = viewed()
  assert.not(view.isOverdue(CONTAINER))
  await clock.advance(2999)
  assert.not(view.isOverdue(CONTAINER))
  await clock.advance(1)
  assert.ok(view.isOverdue(CONTAINER))
  store.put(rawPod([CONTAINER_ID]))
  assert.ok(view.findPlace(CONTAINER))
  assert.not(view.isOverdue(CONTAINER))
})
view(
  'waits for the name of a container in a pod that is known, then takes it for the pause container',
  async () => {
    const { clock, store, view } = viewed()
    store.put(rawPod([]))
    assert.is(view.findPlace(CONTAINER)!.container, undefined)
    assert.ok(view.hasChanged!())
    await clock.advance(3000)
    assert.is(view.findPlace(CONTAINER)!.container, null)
    store.put(rawPod([CONTAINER_ID]))
    assert.is(view.findPlace(CONTAINER)!.container, 'nginx')
  },
)
view('takes the cgroup of a pod for no container', () => {
  const { store, view } = viewed()
  store.put(rawPod([]))
  assert.is(view.findPlace(resourceAt(`/kubepods/pod${POD_UID}`))!.container, null)
})
view.run()
