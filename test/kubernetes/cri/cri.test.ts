import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CriReader, createCriReader } from '../../../kubernetes/cri/client.ts'
import type { RawPod } from '../../../kubernetes/pods/pod.ts'
import { never } from '../../kit/context.ts'
import { type FakeImage, startCriServer } from '../../kit/cri-server.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { containerId, podUid } from '../../kit/pods.ts'
import { rejects } from '../../kit/rejects.ts'
import { startRig } from '../../processors/k8s_attributes/rig.ts'

const [PAUSE, APP, BEFORE] = [containerId('pause'), containerId('app'), containerId('before')]
const SANDBOX = { id: PAUSE, name: 'web-6c45-abcde', uid: podUid(1) }

const s = suite('the container runtime as source')

s('names containers, their last instance, and the pause container', async () => {
  await using cri = await startCriServer()
  cri.sandboxes = [
    {
      ...SANDBOX,
      labels: { 'pod-template-hash': '6c45', app: 'web', 'io.kubernetes.pod.name': 'web-6c45-abcde' },
      annotations: { note: 'n', 'kubernetes.io/config.seen': 'x' },
    },
  ]
  cri.containers = [
    { id: BEFORE, sandboxId: PAUSE, name: 'app', image: 'sha256:aa' },
    { id: APP, sandboxId: PAUSE, name: 'app', attempt: 1, image: 'sha256:aa', userImage: 'r.io/app:2' },
  ]
  const extract = { labels: [{ key_regex: '.*' }], annotations: [{ key: 'note' }] }
  await using rig = await startRig({ config: { source: 'cri', cri: { endpoint: cri.endpoint }, extract } })
  assert.equal(rig.api.requests, [], 'the API server is not asked')
  const rows = [APP, BEFORE, PAUSE].map(id => ({
    resource: { id, attributes: { 'container.id': id, 'k8s.pod.uid': podUid(1) } },
    values: { v: 1 },
  }))
  const named = (await rig.sendBatch(metricsBatch(rows))).resources
  assert.equal(named[0]!.attributes, {
    'container.id': APP,
    'k8s.pod.uid': podUid(1),
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'web-6c45-abcde',
    'k8s.pod.start_time': '2026-01-01T00:00:00Z',
    'k8s.pod.revision': '6c45',
    'k8s.node.name': 'node-a',
    'k8s.deployment.name': 'web',
    'k8s.container.name': 'app',
    'k8s.container.restart_count': 1,
    'container.image.name': 'r.io/app',
    'container.image.tag': '2',
    'k8s.pod.labels.app': 'web',
    'k8s.pod.labels.pod-template-hash': '6c45',
    'k8s.pod.annotations.note': 'n',
  })
  assert.is(named[1]!.attributes['k8s.container.restart_count'], 0)
  assert.is(named[2]!.attributes['k8s.pod.name'], 'web-6c45-abcde')
  assert.is(named[2]!.attributes['k8s.container.name'], undefined)
})

const owners: readonly (readonly [string, Record<string, string>, string | undefined])[] = [
  ['web-6c45-abcde', { 'pod-template-hash': '6c45' }, 'ReplicaSet web-6c45'],
  ['web-6c45-abcde', { 'pod-template-hash': 'other' }, undefined],
  ['db-10', { 'statefulset.kubernetes.io/pod-name': 'db-10' }, 'StatefulSet db'],
  [
    'log-agent-abcde',
    { 'controller-revision-hash': '1', 'pod-template-generation': '1' },
    'DaemonSet log-agent',
  ],
  ['once-abcde', { 'batch.kubernetes.io/job-name': 'once' }, 'Job once'],
  ['alone', {}, undefined],
]
for (const [name, labels, want] of owners)
  s(`the owner of ${name} with ${JSON.stringify(labels)} is ${want}`, async () => {
    await using cri = await startCriServer()
    cri.sandboxes = [{ ...SANDBOX, name, labels }]
    const [pod] = await read(cri.endpoint)
    const owner = pod!.metadata.ownerReferences?.[0]
    assert.is(owner && `${owner.kind} ${owner.name}`, want)
  })

s('takes the sandboxes of a pod together', async () => {
  await using cri = await startCriServer()
  cri.sandboxes = [SANDBOX, { ...SANDBOX, id: containerId('second'), attempt: 1 }]
  const pods = await read(cri.endpoint)
  assert.equal(
    pods.map(pod => pod.sandboxes),
    [[PAUSE, containerId('second')]],
  )
})
s('says which socket is wrong', async () => {
  const error = await rejects(read('unix:///nowhere/cri.sock'), 'KUBERNETES_API_FAILED')
  assert.match(
    error.message,
    /^unix:\/\/\/nowhere\/cri.sock: must be the socket of a container runtime.*ENOENT.*check cri::endpoint/,
  )
})
s('refuses an answer that is none', async () => {
  await using cri = await startCriServer()
  cri.raw = Buffer.from([10, 200, 1])
  await rejects(read(cri.endpoint), 'KUBERNETES_API_FAILED')
})
s.run()

const HEX = 'ab'.repeat(32)
const NAME = { name: 'app', image: '' }
const images = suite('the names of images')
const rows: readonly (readonly [string, FakeImage, string, string])[] = [
  ['the first tag', { id: `sha256:${HEX}`, tags: ['r.io/app:2', 'r.io/old:1'] }, 'r.io/app:2', ''],
  ['an id without the name of its hash', { id: HEX, tags: ['r.io/app:2'] }, 'r.io/app:2', ''],
  [
    'the digest, without a tag',
    { id: HEX, digests: [`r.io/app@sha256:${HEX}`] },
    `r.io/app@sha256:${HEX}`,
    `r.io/app@sha256:${HEX}`,
  ],
  ['none', { id: HEX }, HEX, ''],
]
for (const [what, image, want, wantDigest] of rows)
  images(`are looked up where the runtime says only an id: ${what}`, async () => {
    await using cri = await startCriServer()
    cri.sandboxes = [SANDBOX]
    cri.containers = [{ ...NAME, id: APP, sandboxId: PAUSE, image: image.id }]
    cri.images = [{ id: 'cd'.repeat(32), tags: ['r.io/other:1'] }, image]
    const status = (await read(cri.endpoint))[0]!.status!.containerStatuses![0]!
    assert.is(status.image, want)
    assert.is(status.imageID, wantDigest)
  })
images('are not asked for where the runtime says what the pod asked for', async () => {
  await using cri = await startCriServer()
  cri.sandboxes = [SANDBOX]
  cri.containers = [{ ...NAME, id: APP, sandboxId: PAUSE, image: HEX, userImage: 'r.io/app:3' }]
  await read(cri.endpoint)
  assert.equal(cri.calls, ['ListContainers', 'ListPodSandbox'])
})
images('are asked for again only when there is an image that was not there before', async () => {
  await using cri = await startCriServer()
  cri.sandboxes = [SANDBOX]
  cri.containers = [{ ...NAME, id: APP, sandboxId: PAUSE, image: HEX }]
  const reader = createCriReader({ endpoint: cri.endpoint, onImagesRefused() {} })
  const asked = async () => {
    cri.calls.length = 0
    await podsOf(reader)
    return cri.calls.includes('ListImages')
  }
  assert.is(await asked(), true)
  assert.is(await asked(), false, 'nor for one that has no name')
  cri.containers.push({ ...NAME, id: BEFORE, sandboxId: PAUSE, image: 'cd'.repeat(32) })
  assert.is(await asked(), true)
  cri.containers = []
  assert.is(await asked(), false)
  reader.close()
})
images('are left out, and that is said once, where they cannot be listed; later they are there', async () => {
  await using cri = await startCriServer()
  cri.sandboxes = [SANDBOX]
  cri.containers = [{ ...NAME, id: APP, sandboxId: PAUSE, image: HEX }]
  cri.images = undefined
  const refused: string[] = []
  const onImagesRefused = ({ message }: Error) => void refused.push(message)
  const reader = createCriReader({ endpoint: cri.endpoint, onImagesRefused })
  const before = (await podsOf(reader))[0]!
  await podsOf(reader)
  assert.is(refused.length, 1)
  assert.match(refused[0]!, /got ListImages: not here; check cri::endpoint/)
  assert.is(before.status!.containerStatuses![0]!.image, HEX)
  cri.images = [{ id: HEX, tags: ['r.io/app:2'] }]
  const after = (await podsOf(reader))[0]!
  assert.is(after.status!.containerStatuses![0]!.image, 'r.io/app:2')
  reader.close()
})
images.run()

async function read(endpoint: string): Promise<RawPod[]> {
  const reader = createCriReader({ endpoint, onImagesRefused() {} })
  try {
    return await podsOf(reader)
  } finally {
    reader.close()
  }
}

async function podsOf(reader: CriReader): Promise<RawPod[]> {
  const pods: RawPod[] = []
  await reader.read(pod => pods.push(pod), never)
  return pods
}
