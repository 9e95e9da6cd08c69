import { ValueType } from '@opentelemetry/api'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type HistogramMetricData,
} from '@opentelemetry/sdk-metrics'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { decodeOtlp, toLines, toOtlpPoints } from '../../kit/otlp.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'
import { toSdk } from './sdk-data.ts'

const sdk = suite('encodeRequests and the serializer of the OpenTelemetry SDK')
for (const series of [1, 500, 1_301])
  sdk(`send the same points for ${series} series`, () => {
    const batch = syscallBatch(series)
    const ours = [...encodeRequests('metrics', batch, { items: 8192, bytes: 2 ** 20 })].map(
      ({ bytes }) => bytes,
    )
    const theirs = toSdk(batch).map(one => ProtobufMetricsSerializer.serializeRequest(one)!)
    const lines = (requests: readonly Uint8Array[]) =>
      toLines(requests.flatMap(bytes => toOtlpPoints(decodeOtlp(bytes))))
    assert.is(lines(ours).length, 3 * series)
    assert.equal(lines(ours), lines(theirs))
  })
sdk('send the same point with explicit bounds', () => {
  const value = { sum: 1.25, buckets: { [-3]: 2, 0: 5, 7: 1 }, zeroCount: 4 }
  const row = { attributes: { call: 'read' }, values: { h: value }, start: 1_500_000_002n }
  const batch = metricsBatch([row], { scope: 's', time: 3_000_000_004n })
  const [ours] = encodeRequests('metrics', batch, { items: 9, bytes: 2 ** 20, bounds: [-2, 0, 1] })
  const point: DataPoint<Histogram> = {
    startTime: [1, 500_000_002],
    endTime: [3, 4],
    attributes: row.attributes,
    value: { sum: 1.25, count: 12, buckets: { boundaries: [0.25, 1, 2], counts: [6, 0, 5, 1] } },
  }
  const metric: HistogramMetricData = {
    descriptor: { name: 'h', description: '', unit: '1', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [point],
  }
  const scopeMetrics = [{ scope: { name: 's', version: '0.0.0' }, metrics: [metric] }]
  const resource = resourceFromAttributes({ 'container.id': 'a' })
  const theirs = ProtobufMetricsSerializer.serializeRequest({ resource, scopeMetrics })!
  assert.equal(decodeOtlp(ours!.bytes), decodeOtlp(theirs))
})
sdk.run()
