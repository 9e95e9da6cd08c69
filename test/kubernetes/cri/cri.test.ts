import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createCriReader } from '../../../kubernetes/cri/client.ts'
import { readFields, toText, toUnsigned } from '../../../kubernetes/cri/proto-reader.ts'
import type { RawPod } from '../../../kubernetes/pods/pod.ts'
import { never } from '../../kit/context.ts'
import { startCriServer } from '../../kit/cri-server.ts'
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

async function read(endpoint: string): Promise<RawPod[]> {
  const pods: RawPod[] = []
  const reader = createCriReader(endpoint, undefined)
  try {
    await reader.read(pod => pods.push(pod), never)
    return pods
  } finally {
    reader.close()
  }
}

const proto = suite('readFields')
proto('reads all wire types, and skips nothing', () => {
  const bytes = Uint8Array.from([
    8, 0x96, 1, 18, 2, 0x68, 0x69, 29, 1, 2, 3, 4, 33, 1, 2, 3, 4, 5, 6, 7, 8, 18, 0, 0x92, 9, 1, 65,
  ])
  const fields = readFields(bytes)
  assert.is(toUnsigned(fields.get(1)![0]), 150n)
  assert.equal(fields.get(2)!.map(toText), ['hi', ''])
  assert.is(toText(fields.get(146)![0]), 'A')
  assert.equal([...fields.keys()], [1, 2, 3, 4, 146])
  assert.is(toUnsigned(Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, 255, 1])), 2n ** 64n - 1n)
  assert.is(toUnsigned(undefined), 0n)
})
for (const bytes of [[8], [18, 5, 1], [11], [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], [33, 1]])
  proto(`refuses ${bytes}`, () => assert.throws(() => readFields(Uint8Array.from(bytes)), RangeError))
proto.run()
