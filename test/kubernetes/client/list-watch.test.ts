/** The watch against a server that ends, refuses, forgets and hangs. The clock stands still; what arrives is waited for. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { ListWatch } from '../../../kubernetes/client/list-watch.ts'
import type { RawPod } from '../../../kubernetes/pods/pod.ts'
import { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import { fakeClock } from '../../kit/clock.ts'
import { eventually, settled } from '../../kit/consumers.ts'
import {
  type Failure,
  KubernetesApi,
  type KubernetesApiOptions,
  type SeenRequest,
} from '../../kit/kubernetes-api.ts'
import { containerId, podUid, rawPod } from '../../kit/pods.ts'

const PODS = { group: '', version: 'v1', resource: 'pods' }

async function start(options: KubernetesApiOptions = {}, prepare: (api: KubernetesApi) => void = () => {}) {
  const failures: { next: ((request: SeenRequest) => Failure | undefined) | undefined } = { next: undefined }
  const api = await KubernetesApi.start({ fail: request => failures.next?.(request), ...options })
  prepare(api)
  const clock = fakeClock()
  const client = new ApiClient({ server: api.url, credentials: async () => ({}) })
  const selectors = async () => ({ fieldSelector: 'spec.nodeName=node-a' })
  const source = new ListWatch<RawPod>({ client, object: PODS, selectors, clock, random: () => 0.5 })
  const store = new PodStore({ source, clock, graceMs: 60_000, onClose: () => client.close() })
  store.start()
  const names = () => store.index.livingUids().sort()
  return {
    api,
    clock,
    store,
    failures,
    /** Waits until these pods live here. */
    has: (...numbers: number[]) => eventually(() => String(names()) === String(numbers.map(podUid))),
    watching: () => eventually(() => store.isSynced && api.watchers === 1),
    watches: () => api.requests.filter(({ query }) => query.watch),
    lists: () => api.requests.filter(({ query }) => !query.watch),
    async [Symbol.asyncDispose]() {
      store.close()
      await api.stop()
    },
  }
}
const pod = (n: number, more = {}) => rawPod({ uid: podUid(n), name: `web-${n}`, ...more })

const s = suite('ListWatch')

s('lists from the cache of the server, then watches from there, both of this node only', async () => {
  await using rig = await start({}, api => {
    api.put(pod(1))
    api.put(pod(2, { node: 'node-b' }))
  })
  await rig.watching()
  await rig.has(1)
  rig.api.put(pod(3))
  rig.api.put(pod(4, { node: 'node-b' }))
  rig.api.delete(podUid(1))
  await rig.has(3)
  assert.is(rig.store.index.byUid(podUid(1))?.name, 'web-1', 'is remembered')
  const [list, watch] = rig.api.requests
  assert.equal(list!.query, { fieldSelector: 'spec.nodeName=node-a', limit: '500', resourceVersion: '0' })
  assert.equal(watch!.query, {
    fieldSelector: 'spec.nodeName=node-a',
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '450',
    resourceVersion: '102',
  })
})

s('reads a list of several pages', async () => {
  await using rig = await start({ pageSize: 2 }, api => {
    for (let n = 1; n <= 5; n++) api.put(pod(n))
  })
  await rig.has(1, 2, 3, 4, 5)
  assert.equal(
    rig.lists().map(({ query }) => query.continue),
    [undefined, '2', '4'],
  )
})

s('goes on from the last event when the server ends the watch', async () => {
  await using rig = await start({}, api => api.put(pod(1)))
  await rig.watching()
  rig.api.put(pod(2))
  await rig.has(1, 2)
  await rig.clock.advance(2000)
  rig.api.endWatches()
  rig.api.put(pod(3))
  await rig.has(1, 2, 3)
  assert.equal(
    rig.watches().map(({ query }) => query.resourceVersion),
    ['101', '102'],
  )
  assert.is(rig.lists().length, 1)
  assert.is(rig.store.problem, undefined)
})

s('goes on from the last bookmark', async () => {
  await using rig = await start({}, api => api.put(pod(1)))
  await rig.watching()
  rig.api.bookmark()
  rig.api.put(pod(2, { node: 'node-b' })) // is not sent
  rig.api.bookmark()
  rig.api.put(pod(3))
  await rig.has(1, 3)
  rig.api.delete(podUid(3))
  await rig.has(1)
  rig.api.bookmark()
  await settled()
  await rig.clock.advance(2000)
  rig.api.endWatches()
  await eventually(() => rig.watches().length === 2)
  assert.is(rig.watches()[1]!.query.resourceVersion, '107')
})

for (const [name, forget] of [
  ['in the answer', (api: KubernetesApi) => api.endWatches()],
  ['in the stream', (api: KubernetesApi) => api.failWatches(410)],
] as const)
  s(`lists again after 410 Gone ${name}, and loses nothing meanwhile`, async () => {
    await using rig = await start({}, api => {
      for (const n of [1, 2]) api.put(pod(n, { containers: { app: containerId(`c${n}`) } }))
    })
    await rig.watching()
    await rig.has(1, 2)
    let isGone = false
    rig.failures.next = ({ query }) => (query.watch && !isGone ? 'disconnect' : undefined)
    await rig.clock.advance(2000)
    forget(rig.api)
    // While nobody watches, 1 goes, 3 comes, and the history is lost.
    await eventually(() => rig.api.watchers === 0)
    rig.api.delete(podUid(1))
    rig.api.put(pod(3))
    rig.api.compact()
    isGone = true
    assert.equal(rig.store.index.livingUids(), [podUid(1), podUid(2)], 'the old list is there')
    await advanceUntil(rig.clock, () => rig.store.stats().lists === 2)
    await rig.has(2, 3)
    assert.is(
      rig.store.index.byContainer(containerId('c1'))?.pod.name,
      'web-1',
      'the deleted one is remembered',
    )
    assert.is(rig.store.stats().deleted, 1)
  })

s('keeps what it has while the server is away, and says so', async () => {
  await using rig = await start({}, api => api.put(pod(1)))
  await rig.watching()
  await rig.has(1)
  const { port } = rig.api
  await rig.api.stop()
  await eventually(() => rig.store.problem !== undefined)
  assert.match(rig.store.problem!.message, /must be reachable/)
  await rig.clock.advance(3_600_000)
  assert.equal(rig.store.index.livingUids(), [podUid(1)])
  await using api = await KubernetesApi.start({ port })
  for (const n of [1, 2]) api.put(pod(n))
  api.compact()
  await advanceUntil(rig.clock, () => rig.store.problem === undefined && api.watchers === 1)
  await rig.has(1, 2)
})

s('waits longer after each failure, up to half a minute, and starts over after a success', async () => {
  await using rig = await start({ fail: () => 503 })
  const waits: number[] = []
  for (let n = 1; n <= 7; n++) {
    await eventually(() => rig.api.requests.length === n && rig.clock.pending() === 2) // the sweep, and the pause
    const from = rig.clock.monotonicMs()
    while (rig.api.requests.length === n) {
      await rig.clock.advance(250)
      await settled()
      if (rig.clock.pending() === 1) await eventually(() => rig.api.requests.length > n)
    }
    waits.push(rig.clock.monotonicMs() - from)
  }
  assert.equal(waits, [750, 1500, 3000, 6000, 12_000, 22_500, 22_500])
})

s('waits as long as a busy server asks for', async () => {
  await using rig = await start({ fail: () => ({ status: 429, headers: { 'retry-after': '60' } }) })
  await eventually(() => rig.clock.pending() === 2)
  await rig.clock.advance(59_000)
  assert.is(rig.api.requests.length, 1)
  await rig.clock.advance(1000)
  await eventually(() => rig.api.requests.length === 2)
})

s('gives up a watch that the server does not end', async () => {
  await using rig = await start()
  await rig.watching()
  await rig.clock.advance(450_000)
  assert.is(rig.watches().length, 1)
  await advanceUntil(rig.clock, () => rig.watches().length === 2)
  await eventually(() => rig.api.watchers === 1)
})

s('does not spin on a watch that ends at once', async () => {
  await using rig = await start()
  await rig.watching()
  rig.api.endWatches()
  await eventually(() => rig.store.problem !== undefined)
  assert.match(rig.store.problem!.message, /must stay open/)
  assert.is(rig.watches().length, 1)
})

s('says which permission is missing, for listing and for watching', async () => {
  for (const isWatch of [false, true]) {
    await using rig = await start({
      fail: ({ query }) => (Boolean(query.watch) === isWatch ? 403 : undefined),
    })
    await eventually(() => rig.store.problem !== undefined)
    assert.match(rig.store.problem!.message, new RegExp(`allowed to ${isWatch ? 'watch' : 'list'} pods`))
  }
})

s('survives nonsense', async () => {
  await using rig = await start({}, api => api.put(pod(1)))
  await rig.watching()
  rig.api.failWatches(500)
  await eventually(() => rig.store.problem !== undefined)
  await advanceUntil(rig.clock, () => rig.store.problem === undefined)
  assert.is(rig.lists().length, 1, 'no need for another list')
})

s('lists again when a pod is missed, once a minute at most', async () => {
  await using rig = await start({}, api => api.put(pod(1)))
  await rig.watching()
  await rig.clock.advance(60_000)
  rig.store.refresh()
  rig.store.refresh()
  await eventually(() => rig.store.stats().lists === 2)
  await eventually(() => rig.api.watchers === 1)
  rig.store.refresh()
  await rig.clock.advance(59_000)
  rig.store.refresh()
  await settled()
  assert.is(rig.lists().length, 2)
})

s('reads the pods again for annotations that were not kept', async () => {
  await using rig = await start({}, api => api.put(pod(1, { annotations: { team: 'a' } })))
  await rig.watching()
  assert.equal(rig.store.index.byUid(podUid(1))!.annotations, {})
  rig.store.keepAnnotations(key => key === 'team')
  await eventually(() => rig.store.stats().lists === 2)
  assert.equal(rig.store.index.byUid(podUid(1))!.annotations, { team: 'a' })
})

s('leaves nothing behind when it is closed', async () => {
  const rig = await start()
  await rig.watching()
  rig.store.close()
  await eventually(() => rig.api.watchers === 0)
  assert.is(rig.clock.pending(), 0)
  await rig.api.stop()
})
s.run()

/** Lets time pass until something has happened that takes both time and the network. */
async function advanceUntil(clock: ReturnType<typeof fakeClock>, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await clock.advance(1000)
    await settled()
  }
}
