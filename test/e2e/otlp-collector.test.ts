import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../exporters/otlp_grpc/config.ts'
import { grpc } from '../../exporters/otlp_grpc/protocol.ts'
import { config as httpConfig } from '../../exporters/otlp_http/config.ts'
import { http } from '../../exporters/otlp_http/protocol.ts'
import { PushExporter } from '../../exporters/shared/push-exporter.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { createContext, never, nopHost } from '../kit/context.ts'
import { metricsBatch, type Point, toPoints } from '../kit/metrics.ts'
import { type OtlpPoint, toLines } from '../kit/otlp.ts'
import {
  type JsonAttribute,
  type JsonPoint,
  lacksOtlpCollector,
  type OtlpCollector,
  type OtlpJson,
  startOtlpCollector,
} from '../kit/otlp-collector.ts'
import { requireAll } from '../kit/skip.ts'
import { syscallBatch } from '../kit/syscall-batch.ts'

requireAll(lacksOtlpCollector())

function toAttributes(all: readonly JsonAttribute[] = []): Attributes {
  const read = ({ value }: JsonAttribute) =>
    value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue)
  return Object.fromEntries(all.map(attribute => [attribute.key, read(attribute)]))
}

function toValue(point: JsonPoint): Point['value'] {
  if (point.asInt !== undefined) return BigInt(point.asInt)
  if (point.asDouble !== undefined) return point.asDouble
  const { offset = 0, bucketCounts = [] } = point.positive ?? {}
  const buckets = bucketCounts.flatMap((count, i) =>
    count === '0' ? [] : [[offset + i, BigInt(count)] as const],
  )
  return {
    sum: point.sum ?? 0,
    count: BigInt(point.count ?? 0),
    zeroCount: BigInt(point.zeroCount ?? 0),
    buckets: Object.fromEntries(buckets) as Record<number, bigint>,
  }
}

function readPoints(json: OtlpJson): OtlpPoint[] {
  return json.resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, sum, gauge, exponentialHistogram }) =>
        (sum ?? gauge ?? exponentialHistogram)!.dataPoints.map(point => ({
          metric: name,
          unit,
          resourceAttributes: toAttributes(resource.attributes),
          attributes: toAttributes(point.attributes),
          start: BigInt(point.startTimeUnixNano ?? 0),
          time: BigInt(point.timeUnixNano),
          ended: ((point.flags ?? 0) & 1) === 1,
          value: toValue(point),
        })),
      ),
    ),
  )
}

type By = 'grpc' | 'http'

/** An exporter that sends to the Collector. */
function exporterTo({ port, httpPort }: OtlpCollector, by: By, options: object) {
  if (by === 'http') {
    const given = { endpoint: `http://127.0.0.1:${httpPort}`, ...options }
    return new PushExporter(createContext(httpConfig.parse(given)), http)
  }
  const given = { endpoint: `http://127.0.0.1:${port}`, ...options }
  return new PushExporter(createContext(config.parse(given)), grpc)
}

/** Sends a batch to a Collector, shuts down, and returns what arrived. */
async function deliver(batch: MetricsBatch, options: object = {}, by: By = 'grpc'): Promise<OtlpJson[]> {
  await using collector = await startOtlpCollector()
  const exporter = exporterTo(collector, by, options)
  await exporter.start(nopHost())
  await exporter.consumers.metrics!.consume(batch, never)
  await exporter.shutdown(never)
  return collector.received()
}

const collector = suite('an OpenTelemetry Collector')
const oneOfEach = metricsBatch(
  [
    {
      resource: 'a',
      attributes: { 'syscall.name': 'openat', 'error.type': 'ENOENT', n: -3, d: 0.5 },
      values: { calls: 7, d: { sum: 1.25, buckets: { [-3]: 2, 0: 1 }, zeroCount: 4 }, load: { gauge: 0.25 } },
      start: 1_790_000_000_000_000_001n,
    },
    {
      resource: { id: 'host', attributes: {} },
      attributes: { 'otel.metric.overflow': true },
      values: { calls: 2n ** 62n, load: { gauge: 1 } },
    },
    {
      resource: 'a',
      attributes: { 'syscall.name': 'gone' },
      values: { calls: 9, d: { sum: 1, buckets: { 1: 1 } }, load: { gauge: 1 } },
      ended: true,
    },
  ],
  { time: 1_790_000_060_123_456_789n },
)
const rows: readonly (readonly [what: string, batch: MetricsBatch, options: object])[] = [
  ['every kind of point and attribute', oneOfEach, {}],
  ['every kind, uncompressed', oneOfEach, { compression: 'none' }],
  ['20,000 series with their totals, in requests below its limit of 4 MiB', syscallBatch(20_000), {}],
  [
    '20,000 series in the largest requests we send',
    syscallBatch(20_000),
    { sending_queue: { batch: { max_size: 1_000_000 } } },
  ],
]
for (const by of ['grpc', 'http'] as const)
  for (const [what, batch, options] of rows)
    collector(`receives ${what}, by ${by}`, async () => {
      const received = await deliver(batch, options, by)
      assert.equal(toLines(received.flatMap(readPoints)), toLines(toPoints(batch)))
    })
for (const encoding of ['proto', 'json'])
  for (const compression of ['gzip', 'zstd', 'zlib', 'deflate', 'none'])
    collector(`receives by HTTP as ${encoding} with ${compression} what it receives by gRPC`, async () => {
      const received = await deliver(oneOfEach, { encoding, compression }, 'http')
      assert.equal(toLines(received.flatMap(readPoints)), toLines(toPoints(oneOfEach)))
    })
collector('sees a cumulative, monotonic sum and the scope', async () => {
  const [request] = await deliver(oneOfEach)
  const { scope, metrics } = request!.resourceMetrics[0]!.scopeMetrics[0]!
  const calls = metrics.find(metric => metric.name === 'calls')!.sum!
  assert.equal(
    [scope.name, calls.aggregationTemporality, calls.isMonotonic],
    ['swoll/receiver/ebpf', 2, true],
  )
})
collector.run()
