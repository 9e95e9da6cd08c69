/** The three signals over real gRPC, side by side. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../exporters/otlp_grpc/config.ts'
import { grpc } from '../../../exporters/otlp_grpc/protocol.ts'
import { PushExporter } from '../../../exporters/shared/push-exporter.ts'
import { fakeClock } from '../../kit/clock.ts'
import { eventually } from '../../kit/consumers.ts'
import { createContext, never, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { logsBatch, spansBatch, toLogRecords, toSpanRecords } from '../../kit/events.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { toLines, toOtlpPoints } from '../../kit/otlp.ts'
import {
  decodeLogs,
  decodeTraces,
  toEventLines,
  toOtlpLogRecords,
  toOtlpSpanRecords,
} from '../../kit/otlp-events.ts'
import { type OtlpServerOptions, startOtlpServer } from '../../kit/otlp-server.ts'
import { rejects } from '../../kit/rejects.ts'

const rows = Array.from({ length: 3 }, (_, i) => ({
  attributes: { i },
  values: { calls: i },
  body: `line ${i}`,
}))
const [metrics, logs, traces] = [metricsBatch(rows), logsBatch(rows), spansBatch(rows)]

async function open(options: OtlpServerOptions & { readonly more?: object } = {}) {
  const server = await startOtlpServer(options)
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  const host = recordingHost()
  const parsed = config.parse({
    endpoint: `127.0.0.1:${server.port}`,
    tls: { insecure: true },
    ...options.more,
  })
  const exporter = new PushExporter(createContext(parsed, { id: 'otlp', log, meter }), grpc, {
    clock: fakeClock(),
  })
  await exporter.start(host)
  const consumers = exporter.consumers
  return {
    server,
    read,
    log,
    exporter,
    consumeAll: () =>
      Promise.all([
        consumers.traces!.consume(traces, never),
        consumers.metrics!.consume(metrics, never),
        consumers.logs!.consume(logs, never),
      ]),
    consumers,
    async [Symbol.asyncDispose]() {
      await exporter.shutdown(AbortSignal.abort())
      await server.stop()
    },
  }
}

const s = suite('PushExporter over gRPC, all signals')
s('sends each signal to its own service, with every item', async () => {
  await using it = await open()
  await it.consumeAll()
  await eventually(() => it.server.taken.length === 3)
  const bodyOf = (signal: string) => it.server.taken.find(taken => taken.signal === signal)!
  assert.equal(toLines(toOtlpPoints(bodyOf('metrics').request)), toLines(toPoints(metrics)))
  assert.equal(
    toEventLines(toOtlpLogRecords(decodeLogs(bodyOf('logs').body))),
    toEventLines(toLogRecords(logs)),
  )
  assert.equal(
    toEventLines(toOtlpSpanRecords(decodeTraces(bodyOf('traces').body))),
    toEventLines(toSpanRecords(traces)),
  )
  await eventually(async () => Object.keys(await it.read()).filter(name => /_sent_/.test(name)).length === 3)
  const counts = await it.read()
  assert.equal(
    ['metric_points', 'log_records', 'spans'].map(items => counts[`exporter_sent_${items}{exporter=otlp}`]),
    [3, 3, 3],
  )
  assert.is(counts['exporter_send_duration{data_type=logs,exporter=otlp,outcome=OK}'], 1)
})
s(
  'counts what a server refuses of a request by signal, and logs it under the name of the Collector',
  async () => {
    await using it = await open({ reply: () => ({ rejected: 2, message: 'too old' }) })
    await it.consumeAll()
    await eventually(
      async () => Object.keys(await it.read()).filter(name => /rejected/.test(name)).length === 3,
    )
    const counts = await it.read()
    for (const items of ['metric_points', 'log_records', 'spans']) {
      assert.is(counts[`exporter_rejected_${items}{exporter=otlp}`], 2)
      assert.is(counts[`exporter_sent_${items}{exporter=otlp}`], 1)
    }
    const fields = it.log.lines
      .flatMap(line => Object.keys(line.fields))
      .filter(name => name.startsWith('dropped_'))
    assert.equal(fields.sort(), ['dropped_data_points', 'dropped_log_records', 'dropped_spans'])
  },
)
s('sends histograms with explicit bounds where they are asked for', async () => {
  await using it = await open({
    more: { classic_histograms: { enabled: true, lowest: '500ms', highest: '1s' } },
  })
  const rows = [{ values: { h: { sum: 1, buckets: { [-1]: 2, 3: 1 } } } }]
  await it.consumers.metrics!.consume(metricsBatch(rows), never)
  await eventually(() => it.server.taken.length === 1)
  const { histogram } = it.server.taken[0]!.request.resource_metrics[0]!.scope_metrics[0]!.metrics[0]!
  const [point] = histogram!.data_points
  assert.equal([point!.explicit_bounds, point!.bucket_counts, point!.count], [[0.5, 1], [0n, 2n, 1n], 3n])
})
s('a signal whose queue is full leaves the others their own', async () => {
  const more = { sending_queue: { queue_size: 1 } }
  await using it = await open({ reply: () => 'hold', more })
  await it.consumers.logs!.consume(logs, never)
  await rejects(it.consumers.logs!.consume(logs, never), 'PIPE_QUEUE_FULL')
  await it.consumers.metrics!.consume(metrics, never)
  const counts = await it.read()
  assert.is(counts['exporter_enqueue_failed_log_records{exporter=otlp}'], 3)
  assert.is(counts['exporter_queue_size{data_type=metrics,exporter=otlp}'], 1)
  assert.is(counts['exporter_queue_size{data_type=logs,exporter=otlp}'], 1)
})
s('counts what comes after the shutdown by signal', async () => {
  await using it = await open()
  await it.exporter.shutdown(never)
  await rejects(it.consumers.traces!.consume(traces, never), 'PIPE_SHUTTING_DOWN')
  assert.equal(await it.read(), { 'exporter_enqueue_failed_spans{exporter=otlp}': 3 })
})
s.run()
