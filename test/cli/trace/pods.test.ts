import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPodsFor } from '../../../cli/trace/open-pods.ts'
import { createPodView } from '../../../cli/trace/pod-view.ts'
import { choosePodSource } from '../../../cli/trace/pods.ts'
import type { RawPod } from '../../../kubernetes/pods/pod.ts'
import { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import type { ContainerSelection } from '../../../receiver/ebpf/trace/request.ts'
import { fakeClock } from '../../kit/clock.ts'
import { rejects } from '../../kit/rejects.ts'
import { CONTAINER, CONTAINER_ID, POD_UID, resourceAt } from '../../kit/trace-batch.ts'

const source = suite('choosePodSource')
const CRIO = '/run/crio/crio.sock'
for (const [name, options, env, want] of [
  ['--cri', { cri: '/a' }, { KUBERNETES_SERVICE_HOST: 'h' }, { kind: 'runtime', socket: '/a' }],
  ['--cri, as an address', { cri: 'unix:///a' }, {}, { kind: 'runtime', socket: '/a' }],
  ['--kubeconfig', { kubeconfig: 'k' }, { KUBERNETES_SERVICE_HOST: 'h' }, { kind: 'kubeconfig', path: 'k' }],
  ['a service account', {}, { KUBERNETES_SERVICE_HOST: 'h', KUBECONFIG: 'k' }, { kind: 'service_account' }],
  ['$KUBECONFIG', {}, { KUBECONFIG: 'k' }, { kind: 'kubeconfig', path: undefined }],
  ['a socket of this host', {}, {}, { kind: 'runtime', socket: CRIO }],
] as const)
  source(name, () => {
    const given = { kubeconfig: undefined, cri: undefined, ...options }
    assert.equal(
      choosePodSource(given, env, path => path === CRIO),
      want,
    )
  })
source('nothing', () => {
  assert.equal(
    choosePodSource({ kubeconfig: undefined, cri: undefined }, {}, () => false),
    { kind: 'none' },
  )
})
source.run()

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
  assert.not(view.hasChanged())
  assert.is(view.findPlace(CONTAINER), undefined)
  assert.is(view.findName(CONTAINER), undefined)
  assert.ok(view.hasChanged())
  assert.not(view.hasChanged())
})
view('gives the place of a container, and says that pods changed', () => {
  const { store, view } = viewed()
  store.put(rawPod([CONTAINER_ID]))
  assert.ok(view.hasChanged())
  const place = view.findPlace(CONTAINER)!
  assert.equal(
    [place.namespace, place.pod, place.container, place.labels],
    ['shop', 'web-0', 'nginx', { app: 'web' }],
  )
  assert.is(view.findName(CONTAINER)?.image, 'nginx')
  assert.not(view.hasChanged())
})
view(
  'waits for the name of a container in a pod that is known, then takes it for the pause container',
  async () => {
    const { clock, store, view } = viewed()
    store.put(rawPod([]))
    assert.is(view.findPlace(CONTAINER)!.container, undefined)
    assert.ok(view.hasChanged())
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

const open = suite('openPodsFor')
const selection: ContainerSelection = {
  kind: 'containers',
  namespaces: [],
  pods: [],
  containers: [],
  labels: '',
  fields: '',
  isFollowing: true,
}
const context = { clock: fakeClock(), abort: new AbortController().signal, warn: () => {} }
const none = { kubeconfig: undefined, cri: '/no/such.sock', node: undefined }
open('fails when the selection cannot do without pods', async () => {
  await rejects(openPodsFor({ ...selection, labels: 'app' }, none, context), 'KUBERNETES_CONFIG_INVALID')
})
open('goes on with ids when it can, and says why', async () => {
  const warnings: string[] = []
  const pods = await openPodsFor(selection, none, { ...context, warn: message => warnings.push(message) })
  assert.is(pods.view.findPlace(CONTAINER)?.container, null, 'nothing waits')
  assert.equal(warnings, [
    'containers are shown by their ids: --cri: must be the socket of a container runtime, got "/no/such.sock"',
  ])
})
open('refuses fields that a container runtime never knows', async () => {
  const error = await rejects(
    openPodsFor({ ...selection, fields: 'status.phase=Running' }, none, context),
    'USAGE_INVALID',
  )
  assert.match(
    error.message,
    /^--field-selector: must name what a container runtime knows \(metadata\.name, .*\), got "status\.phase"; give --kubeconfig$/,
  )
})
open.run()
