import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toPod } from '../../../kubernetes/pods/pod.ts'
import { PodIndex } from '../../../kubernetes/pods/pod-index.ts'
import { containerId, type PodParts, podUid, rawPod } from '../../kit/pods.ts'

const [A, B, C] = [containerId('a'), containerId('b'), containerId('c')]

function create(maxGraves = 100) {
  let nowMs = 0
  const index = new PodIndex({ nowMs: () => nowMs, graceMs: 1000, maxGraves })
  const put = (parts: PodParts) => index.put(toPod(rawPod(parts), () => true))
  const pass = (ms: number) => {
    nowMs += ms
    index.sweep()
  }
  const who = (id: string) => {
    const place = index.byContainer(id)
    return place && `${place.pod.name}/${place.container?.name ?? '-'} ${place.restartCount ?? '-'}`
  }
  return { index, put, pass, who }
}

const s = suite('PodIndex')

s('finds app, init and ephemeral containers, and those that ran before', () => {
  const { put, who } = create()
  put({
    containers: { app: { id: A, lastId: containerId('a-before'), restartCount: 3 }, waiting: null },
    initContainers: { setup: B },
    ephemeralContainers: { debug: C },
  })
  assert.is(who(A), 'web-0/app 3')
  assert.is(who(containerId('a-before')), 'web-0/app 2')
  assert.is(who(B), 'web-0/setup 0')
  assert.is(who(C), 'web-0/debug 0')
  assert.is(who('waiting'), undefined)
})

s('finds a static pod by the hash in its cgroup, and by its own uid', () => {
  const { index, put } = create()
  const hash = '0123456789abcdef0123456789abcdef'
  put({ annotations: { 'kubernetes.io/config.mirror': hash, 'kubernetes.io/config.hash': hash } })
  assert.is(index.byUid(hash)?.uid, podUid(1))
  assert.is(index.byUid(podUid(1))?.name, 'web-0')
  assert.is(index.byUid('toString'), undefined)
})

s('keeps a deleted pod and its containers for the grace period', () => {
  const { index, put, pass, who } = create()
  put({ containers: { app: A } })
  assert.ok(index.remove(podUid(1)))
  assert.not(index.remove(podUid(1)))
  assert.equal([index.size, index.deadPods], [0, 1])
  pass(999)
  assert.is(who(A), 'web-0/app 0')
  pass(1)
  assert.is(who(A), undefined)
  assert.is(index.byUid(podUid(1)), undefined)
  assert.equal([index.size, index.deadPods], [0, 0])
})

s('tells pods of the same name apart', () => {
  const { index, put, who } = create()
  put({ uid: podUid(1), containers: { app: A }, labels: { generation: 'old' } })
  index.remove(podUid(1))
  put({ uid: podUid(2), containers: { app: B }, labels: { generation: 'new' } })
  assert.is(index.byContainer(A)?.pod.labels.generation, 'old')
  assert.is(index.byContainer(B)?.pod.labels.generation, 'new')
  assert.is(who(B), 'web-0/app 0')
})

s('keeps a container that was replaced twice for the grace period', () => {
  const { put, pass, who } = create()
  put({ containers: { app: { id: A } } })
  put({ containers: { app: { id: C, lastId: B, restartCount: 2 } } })
  assert.is(who(A), 'web-0/app 0')
  pass(1000)
  assert.equal([who(A), who(B), who(C)], [undefined, 'web-0/app 1', 'web-0/app 2'])
})

s('gives the same object for a pod that has not changed', () => {
  const { index, put } = create()
  assert.is(put({}), 'added')
  const before = index.byUid(podUid(1))
  assert.is(put({}), 'same')
  assert.is(index.byUid(podUid(1)), before)
  assert.is(put({ containers: {} }), 'updated')
  assert.is.not(index.byUid(podUid(1)), before)
})

s('takes a pod back that a list had left out', () => {
  const { index, put, pass, who } = create()
  put({ containers: { app: A } })
  index.remove(podUid(1))
  assert.is(put({ containers: { app: A } }), 'added')
  pass(5000)
  assert.is(who(A), 'web-0/app 0')
})

s('forgets the oldest dead when they are too many', () => {
  const { index, put, pass } = create(10)
  for (let n = 0; n < 50; n++) {
    put({ uid: podUid(n), containers: { app: containerId(`c${n}`) } })
    index.remove(podUid(n))
  }
  pass(0)
  assert.is(index.deadPods, 10)
  assert.is(index.byUid(podUid(39)), undefined)
  assert.is(index.byUid(podUid(40))?.uid, podUid(40))
})

s('lists living pods before dead ones', () => {
  const { index, put } = create()
  for (const n of [1, 2, 3]) put({ uid: podUid(n) })
  index.remove(podUid(1))
  assert.equal(
    [...index.all()].map(pod => pod.uid),
    [2, 3, 1].map(podUid),
  )
})
s.run()

const strip = suite('toPod')
strip('keeps only what names come from', () => {
  const raw = rawPod({
    annotations: { big: 'x'.repeat(1000), wanted: 'y' },
    labels: { app: 'web' },
    owner: { kind: 'ReplicaSet', name: 'web-1' },
    containers: { app: { id: A, imageId: 'docker-pullable://r/app@sha256:ab' } },
  })
  const pod = toPod(
    { ...raw, metadata: { ...raw.metadata, managedFields: 'x'.repeat(5000) } as never },
    key => key === 'wanted',
  )
  assert.equal(pod.annotations, { wanted: 'y' })
  assert.equal(pod.owner, { kind: 'ReplicaSet', name: 'web-1', uid: 'uid-of-web-1' })
  assert.is(pod.containers[0]!.repoDigest, 'r/app@sha256:ab')
  assert.ok(JSON.stringify(pod).length < 700)
})
strip('has no address with the network of the host', () => {
  assert.is(toPod(rawPod({ hostNetwork: true }), () => false).ip, undefined)
  assert.is(toPod(rawPod(), () => false).ip, '10.1.2.3')
})
strip('does without all that may be missing', () => {
  const pod = toPod({ metadata: { name: 'a', uid: 'u' } }, () => true)
  assert.equal(pod.containers, [])
})
strip.run()
