import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../exporters/otlp_grpc/config.ts'
import { grpc } from '../../../exporters/otlp_grpc/protocol.ts'
import { toExportError } from '../../../exporters/otlp_grpc/status.ts'
import type { ExportAnswer, Transport } from '../../../exporters/shared/protocol.ts'
import { PushExporter } from '../../../exporters/shared/push-exporter.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { PipelineError, SwollError } from '../../../pipeline/errors.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'
import { createContext, never, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { decodeOtlp, toOtlpPoints } from '../../kit/otlp.ts'
import { rejects } from '../../kit/rejects.ts'

const status = (code: number) => toExportError({ code, details: 'test' }, 'server')
const DOWN = 14
const INVALID = 3

/** A batch of `rows` points whose values all are `value`. */
const batch = (value: number, rows = 2): MetricsBatch =>
  metricsBatch(Array.from({ length: rows }, (_, i) => ({ attributes: { i }, values: { calls: value } })))

/** An exporter whose transport does as `answer` says, on a clock that stands still. */
async function open(
  options: object = {},
  answer: (request: number) => Partial<ExportAnswer> | number | 'hold' = () => ({}),
) {
  const clock = fakeClock()
  const log = recordingLogger()
  const host = recordingHost()
  const { meter, read } = recordingMeter()
  /** Values of the points of each request taken, and all requests seen. */
  const taken: number[][] = []
  let seen = 0
  let isClosed = false
  const transport: Transport = {
    async send(_signal, bytes, abort) {
      const what = answer(++seen)
      if (typeof what === 'number') throw status(what)
      if (what === 'hold')
        await new Promise((_, reject) => {
          abort.addEventListener('abort', () =>
            reject(new PipelineError('PIPE_SHUTTING_DOWN', 'cancelled', { retryable: false })),
          )
        })
      taken.push(toOtlpPoints(decodeOtlp(bytes)).map(point => Number(point.value)))
      return { rejectedItems: 0, message: '', ...(what as Partial<ExportAnswer>) }
    },
    close() {
      isClosed = true
    },
  }
  const context = createContext(config.parse({ endpoint: 'localhost:4317', ...options }), {
    id: 'otlp',
    log,
    meter,
  })
  const exporter = new PushExporter(
    context,
    { ...grpc, open: async () => transport },
    { clock, random: () => 0.5 },
  )
  await exporter.start(host)
  const consume = (data: MetricsBatch) => exporter.consumers.metrics!.consume(data, never)
  /** The point counters that are not zero, without the common parts of their names. */
  const counts = async () =>
    Object.fromEntries(
      Object.entries(await read()).flatMap(([name, value]) => {
        const short = /^exporter_(\w+)_metric_points/.exec(name)?.[1]
        return short && value > 0 ? [[short, value]] : []
      }),
    )
  return {
    clock,
    log,
    host,
    exporter,
    consume,
    taken,
    counts,
    read,
    attempts: () => seen,
    isClosed: () => isClosed,
    messages: () => log.lines.map(line => `${line.level} ${line.message}`),
  }
}

/** Waits until it is so: compression runs on other threads, so promises alone do not settle it. The runner ends what never is. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
  await settled()
}

const sends = suite('PushExporter over gRPC sends')
sends('a batch as one request, and counts its points', async () => {
  const it = await open()
  await it.consume(batch(7, 3))
  await settled()
  assert.equal(it.taken, [[7, 7, 7]])
  assert.equal(await it.counts(), { sent: 3 })
  assert.is((await it.read())['exporter_send_duration{data_type=metrics,exporter=otlp,outcome=OK}'], 1)
  assert.equal(it.host.reports, [])
})
sends('a large batch as requests of at most max_size points', async () => {
  const it = await open({ sending_queue: { batch: { max_size: 4 } } })
  await it.consume(batch(1, 10))
  await settled()
  assert.equal(
    it.taken.map(request => request.length),
    [4, 4, 2],
  )
})
sends('requests of at most max_size bytes with sizer: bytes', async () => {
  const it = await open({ sending_queue: { batch: { max_size: 200, sizer: 'bytes' } } })
  await it.consume(batch(1, 10))
  await settled()
  assert.ok(it.taken.length > 3, `${it.taken.length}`)
  assert.is(it.taken.flat().length, 10)
})
sends('small batches together, once there is enough or flush_timeout is over', async () => {
  const it = await open({ sending_queue: { batch: { min_size: 5, flush_timeout: '1s' } } })
  for (const value of [1, 2, 3]) await it.consume(batch(value))
  await settled()
  assert.equal(it.taken, [[1, 1, 2, 2, 3, 3]])
  await it.consume(batch(4))
  await it.clock.advance(999)
  assert.is(it.attempts(), 1)
  await it.clock.advance(1)
  assert.equal(it.taken.at(-1), [4, 4])
  assert.equal(await it.counts(), { sent: 8 })
})
sends('together what is large enough as bytes of requests', async () => {
  const it = await open({ sending_queue: { batch: { min_size: 400, sizer: 'bytes', flush_timeout: '1s' } } })
  for (const value of [1, 2]) await it.consume(batch(value))
  await settled()
  assert.is(it.attempts(), 0)
  for (const value of [3, 4, 5, 6]) await it.consume(batch(value))
  await until(() => it.attempts() > 0)
  await it.clock.advance(1000)
  await until(() => it.taken.flat().length === 12)
  assert.equal(it.taken.flat(), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
})
sends('together what it loses, each point counted once', async () => {
  const it = await open({ sending_queue: { batch: { min_size: 4, max_size: 4 } } }, () => INVALID)
  for (const value of [1, 2]) await it.consume(batch(value))
  await settled()
  assert.is(it.attempts(), 1)
  assert.equal(await it.counts(), { send_failed: 4 })
})
sends('nothing for a batch without points', async () => {
  const it = await open()
  await it.consume(batch(1, 0))
  await settled()
  assert.is(it.attempts(), 0)
})
sends('batches in order, and loses nothing, when the server is away for 60 seconds', async () => {
  let isDown = true
  const it = await open({}, () => (isDown ? DOWN : {}))
  for (let second = 0; second < 60; second += 10) {
    await it.consume(batch(second))
    await it.clock.advance(10_000)
  }
  isDown = false
  await it.clock.advance(30_000)
  await until(() => it.taken.length === 6)
  assert.equal(it.taken, [
    [0, 0],
    [10, 10],
    [20, 20],
    [30, 30],
    [40, 40],
    [50, 50],
  ])
  assert.equal(await it.counts(), { sent: 12 })
  assert.equal(
    it.host.reports.map(report => report.status),
    ['recoverable', 'ok'],
  )
  assert.equal(
    new Set(it.messages()),
    new Set(['warn Export failed, it will be tried again', 'info Export works again']),
  )
  const retries = it.log.lines.filter(line => line.level === 'warn').length
  assert.ok(retries >= 2 && retries <= 3, `one line per 30 s: ${retries}`)
})
sends('the rest of a batch after a request that fails for a while, without sending any twice', async () => {
  const it = await open({ sending_queue: { batch: { max_size: 2 } } }, request => (request === 2 ? DOWN : {}))
  await it.consume(batch(1, 6))
  await settled()
  assert.is(it.taken.length, 1)
  await it.clock.advance(5_000)
  await until(() => it.taken.length === 3)
  assert.equal(await it.counts(), { sent: 6 })
})
sends.run()

const loses = suite('PushExporter over gRPC counts as lost')
loses('what the server refuses for good, and sends the rest', async () => {
  const it = await open({ sending_queue: { batch: { max_size: 2 } } }, request =>
    request === 1 ? INVALID : {},
  )
  await it.consume(batch(1, 6))
  await settled()
  assert.equal(await it.counts(), { sent: 4, send_failed: 2 })
  assert.equal(it.log.lines[0], {
    level: 'error',
    fields: {
      error: 'server: must accept the request, got INVALID_ARGUMENT: test',
      signal: 'metrics',
      dropped_items: 2,
    },
    message: 'Export failed, data is lost',
  })
})
loses('the whole batch once max_elapsed_time is over, and goes on with the next', async () => {
  let isDown = true
  const it = await open({ retry_on_failure: { max_elapsed_time: '60s' } }, () => (isDown ? DOWN : {}))
  await it.consume(batch(1, 5))
  await it.consume(batch(2, 3))
  await settled()
  await it.clock.advance(50_000) // attempts at 0, 5, 12.5, 23.75 and 40.6 s
  await until(() => it.attempts() > 5)
  isDown = false
  await it.clock.advance(30_000)
  await until(() => it.taken.length === 1)
  assert.equal(await it.counts(), { sent: 3, send_failed: 5 })
  assert.equal(it.taken, [[2, 2, 2]])
})
loses('points that a server rejects from a request it takes, and never sends those again', async () => {
  const it = await open({}, () => ({ rejectedItems: 2, message: 'out of order' }))
  await it.consume(batch(1, 5))
  await settled()
  assert.equal(await it.counts(), { sent: 3, rejected: 2 })
  assert.is(it.attempts(), 1)
  assert.equal(it.log.lines, [
    {
      level: 'warn',
      fields: { message: 'out of order', dropped_data_points: 2 },
      message: 'The server took a request only in part',
    },
  ])
})
loses('no more points than a request had, whatever the server claims', async () => {
  const it = await open({}, () => ({ rejectedItems: 1e20, message: '' }))
  await it.consume(batch(1, 5))
  await settled()
  assert.equal(await it.counts(), { rejected: 5 })
})
loses('nothing when the server takes a request with a warning', async () => {
  const it = await open({}, () => ({ rejectedItems: 0, message: 'old names' }))
  await it.consume(batch(1, 5))
  await settled()
  assert.equal(await it.counts(), { sent: 5 })
  const fields = { message: 'old names', signal: 'metrics' }
  assert.equal(it.log.lines, [{ level: 'warn', fields, message: 'The server took a request with a warning' }])
})
loses('what a full queue turns away, with one log line per interval', async () => {
  const it = await open({ sending_queue: { queue_size: 2 } }, () => DOWN)
  await it.consume(batch(1))
  await it.consume(batch(2))
  for (const rows of [3, 4, 5]) await rejects(it.consume(batch(9, rows)), 'PIPE_QUEUE_FULL')
  assert.equal(await it.counts(), { enqueue_failed: 12 })
  const full = () =>
    it.log.lines.filter(line => /took no more/.test(line.message)).map(line => line.fields.dropped_items)
  assert.equal(full(), [3])
  await it.clock.advance(30_000)
  await rejects(it.consume(batch(9, 1)), 'PIPE_QUEUE_FULL')
  assert.equal(full(), [3, 10])
  const values = await it.read()
  assert.equal(
    [
      values['exporter_queue_size{data_type=metrics,exporter=otlp}'],
      values['exporter_queue_capacity{data_type=metrics,exporter=otlp}'],
    ],
    [2, 2],
  )
})
loses('what would take more memory than max_bytes', async () => {
  const it = await open({ sending_queue: { max_bytes: 1 } }, () => DOWN)
  await it.consume(batch(1))
  await rejects(it.consume(batch(2)), 'PIPE_QUEUE_FULL')
  assert.equal(await it.counts(), { enqueue_failed: 2 })
})
loses('what fails, at once, when retrying is off', async () => {
  const it = await open({ retry_on_failure: { enabled: false } }, () => DOWN)
  await it.consume(batch(1))
  await settled()
  assert.equal(await it.counts(), { send_failed: 2 })
  assert.is(it.clock.pending(), 0)
})
loses.run()

const waits = suite('PushExporter over gRPC makes the pipeline wait')
for (const [name, queue] of [
  ['with wait_for_result', { wait_for_result: true }],
  ['without a queue', { enabled: false }],
] as const)
  waits(`${name}, and tells it what was lost`, async () => {
    const it = await open({ sending_queue: queue }, request => (request === 1 ? {} : INVALID))
    await it.consume(batch(1))
    assert.equal(it.taken, [[1, 1]])
    await rejects(it.consume(batch(2)), 'PIPE_REJECTED')
    assert.equal(await it.counts(), { sent: 2, send_failed: 2 })
  })
waits.run()

const shutdown = suite('PushExporter over gRPC.shutdown')
shutdown('sends what is queued', async () => {
  let isDown = true
  const it = await open({}, () => (isDown ? DOWN : {}))
  for (const value of [1, 2, 3]) await it.consume(batch(value))
  await settled()
  isDown = false
  await it.exporter.shutdown(never)
  assert.equal(it.taken, [
    [1, 1],
    [2, 2],
    [3, 3],
  ])
  assert.equal(await it.counts(), { sent: 6 })
  assert.ok(it.isClosed())
  assert.is(it.clock.pending(), 0)
})
shutdown('makes one more attempt each, and counts what fails', async () => {
  const it = await open({}, () => DOWN)
  for (const value of [1, 2, 3]) await it.consume(batch(value))
  await settled()
  assert.is(it.attempts(), 1)
  await it.exporter.shutdown(never)
  assert.is(it.attempts(), 4)
  assert.equal(await it.counts(), { send_failed: 6 })
  const logged = it.log.lines
    .filter(line => line.level === 'error')
    .map(line => line.fields.dropped_items as number)
  assert.is(
    logged.reduce((a, b) => a + b),
    6,
    'all of it is in the log',
  )
})
shutdown('cancels what hangs at the deadline, and counts it and the rest', async () => {
  const it = await open({}, () => 'hold')
  for (const value of [1, 2, 3]) await it.consume(batch(value))
  await settled()
  const deadline = new AbortController()
  const done = it.exporter.shutdown(deadline.signal)
  await settled()
  deadline.abort()
  await done
  assert.is(it.attempts(), 1)
  assert.equal(await it.counts(), { send_failed: 6 })
})
shutdown('takes no more data afterwards', async () => {
  const it = await open()
  await it.exporter.shutdown(never)
  await it.exporter.shutdown(never)
  await rejects(it.consume(batch(1)), 'PIPE_SHUTTING_DOWN')
  assert.equal(await it.counts(), { enqueue_failed: 2 })
})
shutdown.run()

const start = suite('PushExporter over gRPC.start')
start('fails with the path of the tls block if a certificate cannot be used', async () => {
  const options = { endpoint: 'localhost:4317', tls: { ca_file: '/nowhere/ca.pem' } }
  const exporter = new PushExporter(createContext(config.parse(options), { id: 'otlp/b' }), grpc)
  const error = await rejects(exporter.start(recordingHost()), 'TLS_INVALID')
  assert.instance(error, SwollError)
  assert.is(error.message, 'exporters::otlp/b::tls: ca_file /nowhere/ca.pem: does not exist; check the path')
})
start('is needed before data is taken', async () => {
  const exporter = new PushExporter(createContext(config.parse({ endpoint: 'localhost:4317' })), grpc)
  await rejects(exporter.consumers.metrics!.consume(batch(1), never), 'PIPE_SHUTTING_DOWN')
})
start.run()
