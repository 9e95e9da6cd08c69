/** A sending queue on disk: what it takes is sent, whatever instance or process does it, and what is lost is counted. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config, type OtlpHttpConfig } from '../../../exporters/otlp_http/config.ts'
import { http } from '../../../exporters/otlp_http/protocol.ts'
import { PushExporter } from '../../../exporters/shared/push-exporter.ts'
import type { Storage } from '../../../pipeline/storage.ts'
import { openStorage, scratch } from '../../extensions/file_storage/kit.ts'
import { fakeClock } from '../../kit/clock.ts'
import { eventually } from '../../kit/consumers.ts'
import { createContext, never, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { logsBatch } from '../../kit/events.ts'
import { decodeRequest } from '../../kit/otlp.ts'
import { rejects } from '../../kit/rejects.ts'
import { type Reply, startHttpServer } from '../otlp_http/kit.ts'

const batch = (from: number, count = 1) =>
  logsBatch(Array.from({ length: count }, (_, i) => ({ body: `${from + i}` })))

async function open(storage: Storage, endpoint: string, queue: object = {}, more: object = {}) {
  const clock = fakeClock()
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const sending_queue = { storage: 'file_storage', ...queue }
  const given = config.parse({ endpoint, sending_queue, ...more })
  const context = createContext<OtlpHttpConfig>(given, { id: 'otlp_http', log, meter })
  const exporter = new PushExporter(context, http, { clock, random: () => 0.5 })
  const extension = (() => storage) as never
  await exporter.start({ ...recordingHost(), extension })
  return {
    clock,
    take: (...what: Parameters<typeof batch>) => exporter.consumers.logs!.consume(batch(...what), never),
    stop: (abort = never) => exporter.shutdown(abort),
    log,
    async counts() {
      const found = Object.entries(await read()).flatMap(([name, value]) => {
        const short = /^exporter_(\w+?)(_log_records)?{.*logs|^exporter_(\w+)_log_records/.exec(name)
        return short && value > 0 ? [[short[1] ?? short[3]!, value] as const] : []
      })
      return Object.fromEntries(found.filter(([name]) => !/capacity|duration/.test(name)))
    },
  }
}

/** The bodies of the log records that the server was sent, request by request. */
const bodiesOf = (taken: readonly { readonly body: Buffer }[]) =>
  taken.map(({ body }) =>
    [
      ...JSON.stringify(decodeRequest('logs', new Uint8Array(body)), (_, v) =>
        typeof v === 'bigint' ? `${v}` : v,
      ).matchAll(/"body":\{[^}]*?"(\d+)"/g),
    ].map(([, text]) => text),
  )
const down = (): Reply => ({ status: 503 })
const up = (): Reply => ({})

const s = suite('a sending queue on disk')
s('keeps what could not be sent for the next process, in order, and counts it nowhere as lost', async () => {
  using folder = scratch()
  let reply = down
  await using server = await startHttpServer(() => reply())
  {
    await using disk = await openStorage(folder.path)
    const it = await open(disk.storage, server.url)
    for (const n of [1, 2, 3]) await it.take(n)
    assert.equal(await it.counts(), { queue_size: 3, in_flight_requests: 1 })
    await it.stop()
    const { send_failed, enqueue_failed } = await it.counts()
    assert.equal([send_failed, enqueue_failed], [undefined, undefined])
  }
  const attempts = server.taken.length
  reply = up
  await using disk = await openStorage(folder.path)
  const it = await open(disk.storage, server.url)
  await it.take(4)
  await eventually(async () => (await it.counts()).sent === 4)
  assert.equal(bodiesOf(server.taken.slice(attempts)), [['1'], ['2'], ['3'], ['4']])
  await it.stop()
})
s('is empty once all is sent', async () => {
  using folder = scratch()
  await using server = await startHttpServer()
  for (const n of [1, 2]) {
    await using disk = await openStorage(folder.path)
    const it = await open(disk.storage, server.url)
    await it.take(n)
    await eventually(async () => (await it.counts()).sent === 1)
    await it.stop()
  }
  assert.equal(bodiesOf(server.taken), [['1'], ['2']])
})
s('forgets what the server refuses for good, and counts it', async () => {
  using folder = scratch()
  await using server = await startHttpServer(n => ({ status: n === 1 ? 400 : 200 }))
  await using disk = await openStorage(folder.path)
  const it = await open(disk.storage, server.url)
  await it.take(1)
  await it.take(2)
  await eventually(async () => (await it.counts()).sent === 1)
  assert.equal(await it.counts(), { sent: 1, send_failed: 1 })
  await it.stop()
  const next = await disk.open('exporters.otlp_http')
  assert.equal(next.unclaimed(), [])
})
s('hands over to an instance that takes its place, each record once', async () => {
  using folder = scratch()
  let reply = down
  await using server = await startHttpServer(() => reply())
  await using disk = await openStorage(folder.path)
  const before = await open(disk.storage, server.url)
  for (const n of [1, 2, 3]) await before.take(n)
  await eventually(() => server.taken.length === 1)
  const after = await open(disk.storage, server.url)
  reply = up
  await after.take(4)
  await eventually(async () => (await after.counts()).sent === 1)
  reply = down
  await before.stop()
  reply = up
  await after.clock.advance(60_000)
  await eventually(async () => (await after.counts()).sent === 4)
  assert.equal(
    bodiesOf(server.taken)
      .flat()
      .filter(n => n === '4').length,
    1,
  )
  await after.stop()
})
s('makes a request an entry: what is beyond queue_size is refused and counted', async () => {
  using folder = scratch()
  await using server = await startHttpServer(down)
  await using disk = await openStorage(folder.path)
  const it = await open(disk.storage, server.url, { queue_size: 3, batch: { max_size: 10 } })
  await rejects(it.take(0, 50), 'PIPE_QUEUE_FULL')
  assert.equal(await it.counts(), { queue_size: 3, in_flight_requests: 1, enqueue_failed: 20 })
  await it.stop()
})
s('keeps in memory what the disk does not take: it is sent, or lost and counted at the end', async () => {
  using folder = scratch()
  let reply = down
  await using server = await startHttpServer(() => reply())
  await using disk = await openStorage(folder.path)
  const refusing: Storage = {
    open: async (component, onRecords) => ({
      ...(await disk.storage.open(component, onRecords)),
      append: () => undefined,
    }),
  }
  const it = await open(refusing, server.url)
  for (const n of [1, 2]) await it.take(n)
  reply = up
  await it.clock.advance(60_000)
  await eventually(async () => (await it.counts()).sent === 2)
  reply = down
  await it.take(3)
  await it.stop()
  assert.equal(await it.counts(), { sent: 2, send_failed: 1 })
})
s('does not send what another encoding has left: it is lost and counted', async () => {
  using folder = scratch()
  await using server = await startHttpServer(down)
  await using disk = await openStorage(folder.path)
  const before = await open(disk.storage, server.url, {}, { encoding: 'json' })
  await before.take(1)
  await before.stop()
  const after = await open(disk.storage, server.url)
  await eventually(async () => (await after.counts()).send_failed === 1)
  assert.match(
    after.log.lines.map(({ fields }) => String(fields.error)).join('\n'),
    /sending_queue::storage: a request is stored as otlp_json, and the exporter now sends otlp_proto/,
  )
  await after.stop()
})
for (const queue of [{}, { batch: { min_size: 3 } }])
  s(`counts a damaged request as lost, and sends the others, with ${JSON.stringify(queue)}`, async () => {
    using folder = scratch()
    await using server = await startHttpServer(down)
    await using disk = await openStorage(folder.path)
    const before = await open(disk.storage, server.url)
    for (const n of [1, 2, 3]) await before.take(n)
    await before.stop()
    const half: Storage = {
      open: async (component, onRecords) => {
        const store = await disk.storage.open(component, onRecords)
        return { ...store, read: id => (id === 1 ? undefined : store.read(id)) }
      },
    }
    await using other = await startHttpServer()
    const after = await open(half, other.url, queue)
    await eventually(async () => (await after.counts()).sent === 2)
    assert.equal(
      [await after.counts(), bodiesOf(other.taken).flat()],
      [{ sent: 2, send_failed: 1 }, ['2', '3']],
    )
    await after.stop()
    assert.equal((await disk.open('exporters.otlp_http')).unclaimed(), [])
  })
s.run()

const refused = suite('sending_queue::storage is refused')
for (const [queue, message] of [
  [
    { wait_for_result: true },
    'must be false with `storage`: what is on the disk is taken, whenever it is sent',
  ],
  [{ enabled: false }, 'must be left out with `enabled: false`: there is no queue to keep'],
] as const)
  refused(`with ${JSON.stringify(queue)}`, () => {
    const sending_queue = { storage: 'file_storage', ...queue }
    const { error } = config.safeParse({ endpoint: 'http://a:4318', sending_queue })
    assert.equal(
      error?.issues.map(issue => issue.message),
      [message],
    )
  })
refused.run()
