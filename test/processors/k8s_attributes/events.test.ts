import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Batches } from '../../../pipeline/data/batches.ts'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import type { Resource } from '../../../pipeline/data/resource.ts'
import { K8sEvents } from '../../../processors/k8s_attributes/events.ts'
import { eventually, failing, settled, sink } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { logsBatch, spansBatch, toLogRecords, toSpanRecords } from '../../kit/events.ts'
import { containerId, podUid, rawPod } from '../../kit/pods.ts'
import { rejects } from '../../kit/rejects.ts'
import { containerRow, prepareRig, type RigOptions } from './rig.ts'

type EventSignal = 'logs' | 'traces'

const APP = containerId('app')
const web = owner(APP, podUid(1))
const other = owner(containerId('b'), podUid(2))
const host: Resource = { id: 'u', attributes: { 'systemd.unit': 'ssh.service' } }

function owner(id: string, uid: string): Resource {
  return containerRow(id, uid, 0).resource as Resource
}

/** How each signal makes a batch with an event of each resource, numbered from 0, and reads one. */
const SIGNALS: {
  readonly [S in EventSignal]: {
    batch(owners: readonly Resource[]): Batches[S]
    read(batch: Batches[S]): { readonly pod: unknown; readonly name: string }[]
  }
} = {
  logs: {
    batch: owners => logsBatch(owners.map((resource, i) => ({ resource, body: `event ${i}` }))),
    read: batch =>
      toLogRecords(batch).map(({ resourceAttributes: a, body }) => ({ pod: a['k8s.pod.name'], name: body })),
  },
  traces: {
    batch: owners => spansBatch(owners.map((resource, i) => ({ resource, name: `event ${i}` }))),
    read: batch =>
      toSpanRecords(batch).map(({ resourceAttributes: a, name }) => ({ pod: a['k8s.pod.name'], name })),
  },
}

async function startEvents<S extends EventSignal>(signal: S, options: RigOptions = {}) {
  const { context, read, ...rig } = await prepareRig(options)
  const next = sink<S>()
  const processor = new K8sEvents(context, next, { signal, clock: rig.clock })
  await processor.start(rig.host, never)
  const { batch, read: readBatch } = SIGNALS[signal]
  return {
    ...rig,
    next,
    processor,
    send: (...owners: readonly Resource[]) => processor.consume(batch(owners), never),
    /** `pod: event` of all that came out. */
    out: () => next.batches.flatMap(readBatch).map(({ pod, name }) => `${pod ?? '?'}: ${name}`),
    async metric(name: string) {
      return (await read())[`${name}{processor=k8s_attributes}`]
    },
    async [Symbol.asyncDispose]() {
      await processor.shutdown(never)
      await rig.api.stop()
    },
  }
}

const isSent = (rig: { readonly next: { readonly batches: readonly unknown[] } }) =>
  rig.next.batches.length > 0

for (const [signal, items] of [
  ['logs', 'log_records'],
  ['traces', 'spans'],
] as const) {
  const s = suite(`k8s_attributes for ${signal}`)
  const known: RigOptions = { prepare: api => api.put(rawPod()) }

  s('names events of a known pod at once, and leaves the host as it is', async () => {
    await using rig = await startEvents(signal, known)
    const batch = SIGNALS[signal].batch([web, host]) as Batches[typeof signal]
    const before = copyBatch(batch)
    await rig.processor.consume(batch as never, never)
    assert.equal(rig.out(), ['web-0: event 0', '?: event 1'])
    assert.equal(batch, before, 'the batch is not written to')
    assert.is(rig.next.batches[0]!.tables[0], batch.tables[0], 'the rows are not touched')
    const { attributes } = rig.next.batches[0]!.resources[0]!
    assert.is(attributes['k8s.namespace.name'], 'shop')
    assert.is(attributes['k8s.container.name'], 'app')
    assert.equal(rig.next.batches[0]!.resources[1], host)
  })

  s('waits a moment for a pod that is not known yet', async () => {
    await using rig = await startEvents(signal)
    const sent = rig.send(web, host)
    await rig.clock.advance(500)
    assert.not.ok(isSent(rig))
    rig.api.put(rawPod())
    await eventually(async () => (await rig.metric('otelsvc_k8s_pod_table_size')) === 1)
    await rig.clock.advance(50)
    await sent
    assert.equal(rig.out(), ['web-0: event 0', '?: event 1'])
  })

  s('passes what is not known after a second, and waits for it only once', async () => {
    await using rig = await startEvents(signal)
    const first = rig.send(web)
    await rig.clock.advance(600)
    const second = rig.send(web)
    await rig.clock.advance(399)
    assert.not.ok(isSent(rig))
    await rig.clock.advance(1)
    await first
    await rig.clock.advance(49) // the next look of the second, which began between two of the first
    await second
    await rig.send(web)
    assert.equal(rig.out(), ['?: event 0', '?: event 0', '?: event 0'])
    assert.equal(rig.next.batches[0]!.resources, [web])
  })

  s('waits no longer than `wait`, and not at all beyond max_held', async () => {
    await using short = await startEvents(signal, { config: { wait: '0s' } })
    await short.send(web)
    assert.equal(short.out(), ['?: event 0'])
    await using full = await startEvents(signal, { config: { max_held: 0 } })
    await full.send(web)
    assert.equal(full.out(), ['?: event 0'])
  })

  s('says which pod it is when the name of the container does not come', async () => {
    await using rig = await startEvents(signal, {
      prepare: api => api.put(rawPod({ containers: { app: null } })),
    })
    const sent = rig.send(web)
    await rig.clock.advance(1000)
    await sent
    assert.equal(rig.out(), ['web-0: event 0'])
  })

  s('does not add events up, whatever aggregate_to says', async () => {
    await using rig = await startEvents(signal, { ...known, config: { aggregate_to: 'workload' } })
    await rig.send(web)
    assert.is(rig.next.batches[0]!.resources[0]!.id, web.id)
    assert.is(rig.next.batches[0]!.resources[0]!.attributes['k8s.container.name'], 'app')
  })

  s('drops events of pods that opt out, and counts them', async () => {
    await using rig = await startEvents(signal, {
      prepare: api => {
        api.put(rawPod({ labels: { swoll: 'false' } }))
        api.put(rawPod({ uid: podUid(2), name: 'db-0', containers: { db: containerId('b') } }))
      },
    })
    await rig.send(web, other, web, host)
    assert.equal(rig.out(), ['db-0: event 1', '?: event 3'])
    assert.is(rig.next.batches[0]!.resources.length, 2)
    await rig.send(web)
    assert.is(rig.next.batches.length, 1, 'nothing is left to send')
    assert.is(await rig.metric(`processor_k8s_attributes_dropped_${items}`), 3)
  })

  s('sends what waits when it is shut down', async () => {
    await using rig = await startEvents(signal)
    const sent = rig.send(web)
    await settled()
    assert.not.ok(isSent(rig))
    await rig.processor.shutdown(never)
    assert.equal(rig.out(), ['?: event 0'])
    await sent
  })

  s('sends what waits when its sender gives up', async () => {
    await using rig = await startEvents(signal)
    const giveUp = new AbortController()
    const batch = SIGNALS[signal].batch([web])
    const sent = rig.processor.consume(batch as never, giveUp.signal)
    giveUp.abort()
    await sent
    assert.equal(rig.out(), ['?: event 0'])
  })

  s('needs nothing with passthrough, and sets the address', async () => {
    await using rig = await startEvents(signal, { config: { passthrough: true, wait_for_metadata: false } })
    await rig.send({ id: 'a', attributes: { 'host.name': '10.0.0.9' } })
    assert.is(rig.next.batches[0]!.resources[0]!.attributes['k8s.pod.ip'], '10.0.0.9')
    assert.is(rig.api.requests.length, 0)
  })

  s('gives the error of the next component back', async () => {
    const { context, api, clock, host: reports } = await prepareRig(known)
    const processor = new K8sEvents<EventSignal>(context, failing<EventSignal>(), { signal, clock })
    await processor.start(reports, never)
    await rejects(processor.consume(SIGNALS[signal].batch([web]), never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
    await processor.shutdown(never)
    await api.stop()
  })
  s.run()
}
