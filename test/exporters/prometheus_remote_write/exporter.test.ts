/** The exporter against real servers on this machine. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventually } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { type Reply, startHttpServer } from '../otlp_http/kit.ts'
import { ONE, openExporter, TWO, unpackSnappy } from './kit.ts'
import { decodeOne, decodeTwo, toSamples } from './messages.ts'

const rows = (count: number, calls = 1): Row[] =>
  Array.from({ length: count }, (_, i) => ({ attributes: { i }, values: { calls: calls + i } }))
const batch = (count: number, seconds = 1) =>
  metricsBatch(rows(count), { time: BigInt(seconds) * 1_000_000_000n })
const written = (samples: number, histograms = 0): Reply => ({
  headers: {
    'x-prometheus-remote-write-samples-written': `${samples}`,
    'x-prometheus-remote-write-histograms-written': `${histograms}`,
  },
})

const s = suite('remote write sends')
for (const [message, type, version, decode] of [
  [ONE, 'application/x-protobuf', '0.1.0', decodeOne],
  [TWO, `application/x-protobuf;proto=${TWO}`, '2.0.0', decodeTwo],
] as const)
  s(`${message}, compressed, with what the protocol asks for`, async () => {
    await using server = await startHttpServer(() => written(4))
    await using it = await openExporter({
      endpoint: `${server.url}/push?tenant=a`,
      protobuf_message: message,
      headers: { 'X-Scope-OrgID': 'one' },
    })
    await it.metrics.consume(batch(3), never)
    await eventually(async () => (await it.counts()).sent === 3)
    const { path, headers, body } = server.taken[0]!
    assert.is(path, '/push?tenant=a')
    assert.equal(
      [headers['content-type'], headers['content-encoding'], headers['x-prometheus-remote-write-version']],
      [type, 'snappy', version],
    )
    assert.equal([headers['x-scope-orgid'], headers['user-agent']], ['one', 'swoll'])
    assert.equal(
      [...toSamples(decode(unpackSnappy(body)))],
      [
        ['target_info{container_id="a"}', ['1']],
        ...rows(3).map((row, i) => [`calls_total{container_id="a",i="${i}"}`, [`${row.values.calls}`]]),
      ],
    )
    assert.is(
      (await it.read())[
        'exporter_send_duration{data_type=metrics,exporter=prometheus_remote_write,outcome=OK}'
      ],
      1,
    )
  })
s('batch after batch, so that no series goes back in time', async () => {
  await using server = await startHttpServer()
  await using it = await openExporter({ endpoint: server.url, max_batch_size_bytes: 400 })
  for (const seconds of [1, 2, 3]) await it.metrics.consume(batch(40, seconds), never)
  await eventually(async () => (await it.counts()).sent === 120)
  const times = server.taken.flatMap(({ body }) =>
    decodeOne(unpackSnappy(body)).series.flatMap(({ samples }) =>
      samples.map(({ timestamp }) => Number(timestamp)),
    ),
  )
  assert.equal(
    times,
    times.toSorted((a, b) => a - b),
  )
})
s('so many requests of a batch beside each other, and no more', async () => {
  await using server = await startHttpServer(() => 'hold')
  const remote_write_queue = { num_consumers: 3 }
  const given = { endpoint: server.url, max_batch_size_bytes: 400, remote_write_queue, timeout: '2s' }
  await using it = await openExporter(given)
  await it.metrics.consume(batch(40), never)
  await eventually(() => server.taken.length === 3)
  await it.clock.advance(1999)
  assert.is(server.taken.length, 3)
})
s.run()

const answers = suite('remote write hears')
const LOST: readonly (readonly [name: string, message: string, reply: Reply, error: RegExp])[] = [
  [
    '400',
    ONE,
    { status: 400, body: 'out of order sample' },
    /must accept the request, got 400: out of order sample$/,
  ],
  ['a long text', ONE, { status: 413, body: 'x'.repeat(1e6) }, /^.{300,700}$/s],
  [
    'another place',
    ONE,
    { status: 308, headers: { location: 'http://other/' } },
    /it leads to http:\/\/other\//,
  ],
  ['415 to 2.0', TWO, { status: 415 }, /got 415; set protobuf_message to prometheus.WriteRequest/],
  ['nothing of what was written', TWO, { status: 204 }, /must say how much it wrote, got 204 without/],
]
for (const [name, protobuf_message, reply, error] of LOST)
  answers(`${name}, and gives up`, async () => {
    await using server = await startHttpServer(() => reply)
    await using it = await openExporter({ endpoint: server.url, protobuf_message })
    await it.metrics.consume(batch(3), never)
    await eventually(async () => (await it.counts()).send_failed === 3)
    assert.match(it.errors()[0]!, error)
    assert.is(server.taken.length, 1)
    assert.equal(await it.counts(), { send_failed: 3 })
  })
for (const status of [429, 500, 503])
  answers(`${status} with Retry-After, and tries the same again after so long`, async () => {
    await using server = await startHttpServer(n =>
      n === 1 ? { status, headers: { 'retry-after': '7' } } : {},
    )
    await using it = await openExporter({ endpoint: server.url })
    await it.metrics.consume(batch(3), never)
    await eventually(() => it.errors().length === 1)
    await it.clock.advance(6999)
    assert.is(server.taken.length, 1)
    await it.clock.advance(1)
    await eventually(async () => (await it.counts()).sent === 3)
    assert.equal(server.taken[0]!.body, server.taken[1]!.body)
  })
answers('no answer in time, and tries again', async () => {
  await using server = await startHttpServer(n => (n === 1 ? 'hold' : {}))
  await using it = await openExporter({ endpoint: server.url, timeout: '2s' })
  await it.metrics.consume(batch(3), never)
  await eventually(() => server.taken.length === 1)
  await it.clock.advance(2000)
  await eventually(() => it.errors().length === 1)
  assert.match(it.errors()[0]!, /must answer within 2 s \(timeout\)$/)
  await it.clock.advance(50)
  await eventually(async () => (await it.counts()).sent === 3)
})
for (const [name, reply, error] of [
  ['of what it took', written(2), /wrote 2 of 4$/],
  ['of what it refused', { ...written(1, 1), status: 400, body: 'too old' }, /got 400: too old$/],
] as const)
  answers(`how much was written ${name}: the rest is rejected`, async () => {
    await using server = await startHttpServer(() => reply)
    await using it = await openExporter({ endpoint: server.url, protobuf_message: TWO })
    await it.metrics.consume(batch(3), never)
    await eventually(async () => (await it.counts()).rejected === 2)
    assert.equal(await it.counts(), { sent: 1, rejected: 2 })
    assert.match(it.errors()[0]!, error)
  })
answers('how much was written, and believes no nonsense', async () => {
  await using server = await startHttpServer(() => ({
    headers: { 'x-prometheus-remote-write-samples-written': '-9e99' },
  }))
  await using it = await openExporter({ endpoint: server.url, protobuf_message: TWO })
  await it.metrics.consume(batch(3), never)
  await eventually(async () => (await it.counts()).rejected === 3)
  assert.equal(await it.counts(), { rejected: 3 })
})
answers.run()

const books = suite('remote write counts')
books('what it cannot send, by reason, and says so once', async () => {
  await using server = await startHttpServer()
  await using it = await openExporter({ endpoint: server.url })
  await it.metrics.consume(metricsBatch(rows(3), { temporality: 'delta' }), never)
  await it.metrics.consume(metricsBatch(rows(2), { temporality: 'delta' }), never)
  const low = { d: { sum: 1, buckets: { 1: 1 } } }
  await it.metrics.consume(metricsBatch([{ values: low }], { scale: -5, scope: 'low' }), never)
  await it.metrics.consume(metricsBatch([{ values: { 'a.b': 1, 'a b': 2 } }], { scope: 'names' }), never)
  await eventually(async () => (await it.counts()).sent === 1)
  assert.equal(await it.counts(), { sent: 1, delta_temporality: 5, scale_too_low: 1, name_conflict: 1 })
  const warnings = it.log.lines.map(({ fields }) => `${fields.metric} ${fields.reason}`)
  assert.equal(warnings, ['calls delta_temporality', 'd scale_too_low', 'a b name_conflict'])
})
books('what came too late, and sends nothing of it', async () => {
  await using server = await startHttpServer()
  await using it = await openExporter({ endpoint: server.url })
  await it.metrics.consume(batch(3, 5), never)
  await it.metrics.consume(batch(3, 4), never)
  await it.metrics.consume(batch(3, 5), never)
  await it.metrics.consume(batch(3, 6), never)
  await eventually(async () => (await it.counts()).sent === 6)
  assert.equal(await it.counts(), { sent: 6, out_of_order: 6 })
})
books('what the queue refuses', async () => {
  await using server = await startHttpServer(() => 'hold')
  await using it = await openExporter({ endpoint: server.url, remote_write_queue: { queue_size: 2 } })
  await it.metrics.consume(batch(3, 1), never)
  await it.metrics.consume(batch(3, 2), never)
  await rejects(it.metrics.consume(batch(3, 3), never), 'PIPE_QUEUE_FULL')
  assert.equal(await it.counts(), { enqueue_failed: 3 })
})
books('each point once, when one of the requests beside each other is given up', async () => {
  await using server = await startHttpServer(n => (n === 2 ? { status: 503 } : {}))
  await using it = await openExporter({
    endpoint: server.url,
    max_batch_size_bytes: 400,
    retry_on_failure: { enabled: false },
  })
  await it.metrics.consume(batch(100), never)
  await eventually(async () => {
    const { sent = 0, send_failed = 0 } = await it.counts()
    return sent + send_failed === 100
  })
  const { sent = 0, send_failed = 0 } = await it.counts()
  assert.ok(sent > 0 && send_failed > 0)
})
books('nothing twice at the shutdown, at which it tries once', async () => {
  await using server = await startHttpServer(() => ({ status: 503 }))
  const it = await openExporter({ endpoint: server.url })
  await it.metrics.consume(batch(3, 1), never)
  await it.metrics.consume(batch(3, 2), never)
  await it.exporter.shutdown(never)
  assert.equal(await it.counts(), { send_failed: 6 })
  await rejects(it.metrics.consume(batch(3, 3), never), 'PIPE_SHUTTING_DOWN')
  assert.equal(await it.counts(), { send_failed: 6, enqueue_failed: 3 })
})
books.run()
