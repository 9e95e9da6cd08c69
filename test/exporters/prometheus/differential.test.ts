/** The SDK's serializer and ours print the same series and values for the same data. */
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import {
  DataPointType,
  type ExponentialHistogramMetricData,
  type HistogramMetricData,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeText } from '../../../exporters/prometheus/text.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'
import { toSdk } from '../../otlp/protobuf/sdk-data.ts'
import { encodeAll, expose, labelOptions, plain } from './kit.ts'
import { parseSamples } from './parse-text.ts'

const EXPONENTS = Array.from({ length: 30 }, (_, i) => i - 25)
/** The SDK adds no unit to names, ours does; the data are the same. */
const WITH_UNIT: Readonly<Record<string, string>> = {
  'swoll.syscall.time': 'swoll.syscall.time.nanoseconds',
  'swoll.syscall.duration': 'swoll.syscall.duration.seconds',
}

/** The SDK prints explicit buckets only: the same counts between powers of two. */
function toExplicit(data: ExponentialHistogramMetricData): HistogramMetricData {
  const boundaries = EXPONENTS.map(exponent => 2 ** exponent)
  const dataPoints = data.dataPoints.map(point => {
    const { positive, sum, count } = point.value
    const counts = new Array<number>(boundaries.length + 1).fill(0)
    positive.bucketCounts.forEach((n, i) => {
      const slot = EXPONENTS.indexOf(positive.offset + i + 1)
      counts[slot >= 0 ? slot : positive.offset + i < EXPONENTS[0]! ? 0 : boundaries.length]! += n
    })
    return { ...point, value: { buckets: { boundaries, counts }, count, ...(sum !== undefined && { sum }) } }
  })
  return { ...data, dataPointType: DataPointType.HISTOGRAM, dataPoints }
}

function rename(metric: MetricData): MetricData {
  const name = WITH_UNIT[metric.descriptor.name] ?? metric.descriptor.name
  const named = { ...metric, descriptor: { ...metric.descriptor, name } }
  return named.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM ? toExplicit(named) : named
}

/** One text per resource: the SDK knows a single one. */
function sdkSamples(data: readonly ResourceMetrics[], resourceLabels: RegExp): Map<string, string> {
  const serializer = new PrometheusSerializer('', false, resourceLabels)
  const all = data.flatMap(({ resource, scopeMetrics }) => {
    const scopes = scopeMetrics.map(scope => ({ ...scope, metrics: scope.metrics.map(rename) }))
    const text = serializer.serialize({ resource, scopeMetrics: scopes })
    return [
      ...parseSamples(
        `${text
          .replace(/^# UNIT .*\n/gm, '')
          .replace(/\n+/g, '\n')
          .trimEnd()}\n`,
      ),
    ]
  })
  assert.is(new Map(all).size, all.length, 'no series twice')
  return new Map(all)
}

/** Numbers as numbers: the formats of `le` and of values differ. */
const toComparable = (samples: ReadonlyMap<string, string>) =>
  Object.fromEntries(
    [...samples]
      .map(([series, value]): [string, number] => [
        series.replace(/le="([^"]*)"/, (_, le) => `le="${Number(le.replace('+Inf', 'Infinity'))}"`),
        Number(value.replace('+Inf', 'Infinity')),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

const s = suite('the SDK and we')
const awkward = metricsBatch([
  { attributes: { 'a.b': 'q"\\\n', 'c-d': 'é' }, values: { 'strange-name.1': 2 ** 53 - 1, zero: 0 } },
  { resource: 'b', attributes: { 'a.b': '', n: 1.5, t: true }, values: { 'strange-name.1': 1e15 } },
])
for (const [name, batch] of [
  ['the batch of a node', syscallBatch(400)],
  ['awkward names and values', awkward],
] as [string, MetricsBatch][])
  s(`print ${name} the same way`, () => {
    const ours = encodeAll(encodeText, expose([batch], labelOptions('otel')), { ...plain, bounds: EXPONENTS })
    const want = toComparable(sdkSamples(toSdk(batch), /^(container\.id|k8s\.pod\.uid)$/))
    const got = toComparable(parseSamples(ours.toString()))
    // An empty label is the same as none; only the SDK writes it.
    const wanted = Object.fromEntries(Object.entries(want).map(([k, v]) => [k.replace(/a_b="",?/, ''), v]))
    assert.is(Object.keys(got).length, Object.keys(wanted).length)
    assert.equal(got, wanted)
  })
s.run()
