import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CHUNK_BYTES } from '../../../exporters/prometheus/encode.ts'
import { encodeProtobuf } from '../../../exporters/prometheus/protobuf.ts'
import { encodeText } from '../../../exporters/prometheus/text.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'
import { decodeFamilies, type Metric, toBuckets } from './client-model.ts'
import { encodeAll, expose, labelOptions, POD, plain } from './kit.ts'
import { parseSamples } from './parse-text.ts'

const START = 1_700_000_000_250_000_000n

function familiesOf(batch: MetricsBatch, options = plain, labels = labelOptions('swoll')) {
  return decodeFamilies(encodeAll(encodeProtobuf, expose([batch], labels), options))
}
const onlyMetric = (rows: readonly Row[], options = plain, scale = 0): Metric =>
  familiesOf(metricsBatch(rows, { time: START, scale }), options)[0]!.metric[0]!

const s = suite('encodeProtobuf')
s('writes a counter with its labels and when it began', () => {
  const row = {
    resource: POD,
    start: START,
    attributes: { 'syscall.name': 'read' },
    values: { 'swoll.syscall.calls': 2 ** 40 },
  }
  const [family] = familiesOf(metricsBatch([row]))
  assert.equal(family, {
    name: 'swoll_node_metrics_syscall_count',
    help: 'swoll.syscall.calls in {call}',
    type: 'COUNTER',
    metric: [
      {
        label: [
          { name: 'namespace', value: 'kube-system' },
          { name: 'pod', value: 'dns-1' },
          { name: 'container', value: 'dns' },
          { name: 'container_id', value: 'c0ffee' },
          { name: 'pod_uid', value: 'uid-1' },
          { name: 'syscall', value: 'sys_read' },
          { name: 'err', value: 'OK' },
        ],
        counter: { value: 2 ** 40, created_timestamp: { seconds: '1700000000', nanos: 250_000_000 } },
      },
    ],
  })
})
s(
  'writes a native histogram of schema 0 whose buckets are those of the exponential histogram, one higher',
  () => {
    const buckets = { '-24': 3, '-23': 1, '-20': 7, '0': 2 ** 33, '1': 1, '5': 4 }
    const { histogram } = onlyMetric([{ start: START, values: { h: { sum: 12.5, buckets } } }])
    assert.is(histogram!.schema, 0)
    assert.is(histogram!.sample_sum, 12.5)
    assert.is(histogram!.sample_count, `${2 ** 33 + 16}`)
    assert.is(histogram!.zero_count, '0')
    assert.equal(histogram!.positive_span, [
      { offset: -23, length: 2 },
      { offset: 2, length: 1 },
      { offset: 19, length: 2 },
      { offset: 3, length: 1 },
    ])
    const want = Object.entries(buckets).map(([i, n]): [number, bigint] => [Number(i) + 1, BigInt(n)])
    assert.equal(toBuckets(histogram!), new Map(want.sort((a, b) => a[0] - b[0])))
    assert.equal(histogram!.created_timestamp, { seconds: '1700000000', nanos: 250_000_000 })
    assert.is(histogram!.bucket, undefined)
  },
)
s('writes what is at zero with its threshold, and no point where there is none', () => {
  const batch = metricsBatch([
    { attributes: { x: 1 }, values: { h: { sum: 0, buckets: {}, zeroCount: 5 } } },
    { attributes: { x: 2 }, values: { h: { sum: 0, buckets: {} } } },
  ])
  const [family] = familiesOf(batch)
  assert.is(family!.metric.length, 1)
  assert.equal(
    [family!.metric[0]!.histogram!.zero_count, family!.metric[0]!.histogram!.sample_count],
    ['5', '5'],
  )
})
s('lowers a scale above 8, and keeps one of -4', () => {
  const fine = onlyMetric([{ values: { h: { sum: 1, buckets: { 5: 1 } } } }], plain, 10)
  assert.equal([fine.histogram!.schema, [...toBuckets(fine.histogram!)]], [8, [[2, 1n]]])
  assert.is(onlyMetric([{ values: { h: { sum: 1, buckets: { 0: 1 } } } }], plain, -4).histogram!.schema, -4)
})
s('adds classic buckets when asked to, the last one implied', () => {
  const row = { values: { h: { sum: 1, buckets: { '-2': 1, '-1': 2, '3': 4 }, zeroCount: 8 } } }
  const { histogram } = onlyMetric([row], { ...plain, bounds: [-2, -1, 0] })
  assert.equal(histogram!.bucket, [
    { cumulative_count: '8', upper_bound: 0.25 },
    { cumulative_count: '9', upper_bound: 0.5 },
    { cumulative_count: '11', upper_bound: 1 },
  ])
  assert.is(histogram!.sample_count, '15')
  assert.is(toBuckets(histogram!).size, 3)
})
s('writes gauges, unsteady sums, and timestamps when asked to', () => {
  const options = { ...plain, timestamps: true }
  const { gauge, timestamp_ms } = onlyMetric([{ values: { g: { gauge: -1.5 } } }], options)
  assert.equal([gauge, timestamp_ms], [{ value: -1.5 }, '1700000000250'])
  const batch = metricsBatch([{ values: { n: 3 } }])
  const metrics = batch.tables[0]!.metrics.map(metric => ({ ...metric, monotonic: false }))
  const [family] = familiesOf({ ...batch, tables: [{ ...batch.tables[0]!, metrics }] })
  assert.equal([family!.type, family!.metric[0]!.gauge], ['GAUGE', { value: 3 }])
})
s('names unit and target_info as the OpenTelemetry naming has them', () => {
  const families = familiesOf(
    metricsBatch([{ values: { 'swoll.syscall.time': 3 } }]),
    plain,
    labelOptions('otel'),
  )
  assert.equal(
    families.map(({ name, type, unit }) => [name, type, unit]),
    [
      ['target_info', 'GAUGE', undefined],
      ['swoll_syscall_time_nanoseconds_total', 'COUNTER', 'nanoseconds'],
    ],
  )
})
s('cleans labels of what UTF-8 cannot hold', () => {
  const { label } = onlyMetric([{ attributes: { x: 'é😀\ud800' }, values: { n: 1 } }])
  assert.is(label!.at(-1)!.value, 'é😀\ufffd')
})
s('is empty without rows', () => assert.equal(familiesOf(metricsBatch([])), []))
s('says the same as the batch, over many chunks, each bounded', () => {
  const batch = syscallBatch(3000)
  const exposition = expose([batch])
  const sizes = Array.from(encodeProtobuf(exposition, plain), chunk => chunk.length)
  assert.ok(sizes.length > 5 && Math.max(...sizes) < CHUNK_BYTES + 4096, `chunks ${sizes}`)
  const families = decodeFamilies(encodeAll(encodeProtobuf, exposition))
  const [calls, time, duration] = families.map(family => family.metric)
  const points = toPoints(batch)
  const of = (name: string) => points.filter(point => point.metric === name)
  assert.equal(
    calls!.map(metric => metric.counter!.value),
    of('swoll.syscall.calls').map(p => Number(p.value)),
  )
  assert.equal(
    time!.map(metric => metric.counter!.value),
    of('swoll.syscall.time').map(p => Number(p.value)),
  )
  of('swoll.syscall.duration').forEach((point, i) => {
    const { sum, count, buckets } = point.value as {
      sum: number
      count: bigint
      buckets: Record<number, bigint>
    }
    const got = duration![i]!.histogram!
    assert.equal([got.sample_sum, got.sample_count], [sum, `${count}`])
    const want = Object.entries(buckets).map(([index, n]): [number, bigint] => [Number(index) + 1, n])
    assert.equal(toBuckets(got), new Map(want.sort((a, b) => a[0] - b[0])))
  })
})
s('says the same as the text', () => {
  const exposition = expose([syscallBatch(300)])
  const samples = parseSamples(encodeAll(encodeText, exposition).toString())
  const families = decodeFamilies(encodeAll(encodeProtobuf, exposition))
  let compared = 0
  for (const { name, metric } of families)
    for (const { label, counter } of metric) {
      if (!counter) continue
      const labels = label!.map(pair => `${pair.name}="${pair.value}"`).sort()
      assert.is(Number(samples.get(`${name}{${labels.join()}}`)), counter.value)
      compared++
    }
  assert.is(compared, samples.size)
})
s.run()
