import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RequestLimits } from '../../../otlp/encode-table.ts'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import { countPoints } from '../../../pipeline/data/items.ts'
import type { MetricsBatch, MetricTable } from '../../../pipeline/data/metrics.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'
import { decodeOtlp, type OtlpMetric, recodeOtlp, toLines, toOtlpPoints } from '../../kit/otlp.ts'
import { seeded } from '../../kit/random.ts'

const MOST: RequestLimits = { items: 1_000_000, bytes: 2 ** 30 }
const encode = (batch: MetricsBatch, limits = MOST) => [...encodeRequests('metrics', batch, limits)]
const single = (batch: MetricsBatch) => decodeOtlp(encode(batch)[0]!.bytes)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const histogram = (buckets: Record<number, number | bigint>, sum = 1) => ({
  'swoll.syscall.duration': { sum, buckets },
})

const requests = suite('encodeRequests')

const NS = 1_790_000_000_123_456_789n
const rows: readonly (readonly [name: string, rows: readonly Row[]])[] = [
  ['a sum', [{ values: { calls: 7 } }]],
  ['the largest int64', [{ values: { calls: 2n ** 63n - 1n } }]],
  ['a count above 2^53', [{ values: { calls: 2n ** 53n + 1n } }]],
  ['zero, which is a value', [{ values: { calls: 0 } }]],
  ['a gauge', [{ values: { load: { gauge: -0.5 } } }]],
  ['nanosecond times', [{ values: { calls: 1 }, start: NS }]],
  ['a histogram of one bucket', [{ values: histogram({ 0: 3 }) }]],
  [
    'a histogram below one second, with a gap',
    [{ values: histogram({ [-30]: 1, [-28]: 200, [-3]: 2n ** 40n }, 1.5) }],
  ],
  ['a gap from the lowest to the highest bucket', [{ values: histogram({ [-32_768]: 1, 32767: 2 }) }]],
  ['a histogram of zeroes only', [{ values: { d: { sum: 0, buckets: {}, zeroCount: 5 } } }]],
  [
    'zeroes and buckets, counts above 2^32',
    [{ values: { d: { sum: 9, buckets: { 1: 2n ** 33n, 2: 2n ** 32n - 1n }, zeroCount: 1 } } }],
  ],
  [
    'attributes of every type',
    [
      {
        attributes: { s: 'x', t: true, f: false, i: 42, n: -7, d: 1.5, big: 2 ** 53 - 1 },
        values: { calls: 1 },
      },
    ],
  ],
  [
    'absent attributes',
    [
      { attributes: { a: 'x' }, values: { calls: 1 } },
      { attributes: { b: 'y' }, values: { calls: 2 } },
    ],
  ],
  [
    'text beyond ASCII, and long text',
    [{ attributes: { path: 'é✓𝄞'.repeat(300), empty: '' }, values: { calls: 1 } }],
  ],
  [
    'the overflow attribute as a boolean',
    [{ attributes: { 'otel.metric.overflow': true }, values: { calls: 1 } }],
  ],
  [
    'an ended sum',
    [
      { values: { calls: 5 }, ended: true },
      { attributes: { a: 'b' }, values: { calls: 6 } },
    ],
  ],
  ['an ended histogram', [{ values: histogram({ 1: 5 }), ended: true }]],
  ['a resource without attributes', [{ resource: { id: 'none', attributes: {} }, values: { calls: 1 } }]],
  [
    'rows of two resources that alternate',
    ['a', 'b', 'a', 'b'].map((resource, i) => ({ resource, attributes: { i }, values: { calls: i } })),
  ],
]
for (const [name, table] of rows)
  requests(`keeps ${name}`, () => {
    const batch = metricsBatch(table, { time: NS + 1n })
    const [{ bytes, items }] = encode(batch) as [{ bytes: Uint8Array; items: number }]
    assert.equal(toLines(toOtlpPoints(decodeOtlp(bytes))), toLines(toPoints(batch)))
    assert.is(items, countPoints(batch))
    assert.is(hex(recodeOtlp(bytes)), hex(bytes), 'fields are known, in order, and no defaults')
  })

requests('writes resource, scope, metric and points as OTLP has them', () => {
  const batch = metricsBatch(
    [
      {
        resource: 'c1',
        attributes: { 'syscall.name': 'openat', 'error.type': 'ENOENT' },
        values: { 'swoll.syscall.calls': 3, ...histogram({ [-3]: 2, 0: 1 }, 1.25) },
      },
    ],
    { time: 20n },
  )
  const point = {
    attributes: [
      { key: 'syscall.name', value: { string_value: 'openat' } },
      { key: 'error.type', value: { string_value: 'ENOENT' } },
    ],
    start_time_unix_nano: 1_000n,
    time_unix_nano: 20n,
    flags: 0,
  }
  const calls = { data_points: [{ ...point, as_int: 3n }], aggregation_temporality: 2, is_monotonic: true }
  const buckets = { offset: -3, bucket_counts: [2n, 0n, 0n, 1n] }
  const duration = {
    count: 3n,
    sum: 1.25,
    scale: 0,
    zero_count: 0n,
    positive: buckets,
    negative: null,
    zero_threshold: 0,
  }
  assert.equal(single(batch), {
    resource_metrics: [
      {
        resource: { attributes: [{ key: 'container.id', value: { string_value: 'c1' } }] },
        scope_metrics: [
          {
            scope: { name: 'swoll/receiver/ebpf', version: '0.0.0' },
            metrics: [
              { name: 'swoll.syscall.calls', description: '', unit: '{call}', sum: calls },
              {
                name: 'swoll.syscall.duration',
                description: '',
                unit: 's',
                exponential_histogram: {
                  data_points: [{ ...point, ...duration }],
                  aggregation_temporality: 2,
                },
              },
            ],
            schema_url: '',
          },
        ],
        schema_url: '',
      },
    ],
  })
})

requests('says that an ended series has no value', () => {
  const batch = metricsBatch([{ values: { calls: 5, ...histogram({ 1: 5 }) }, ended: true }])
  const [sum, duration] = single(batch).resource_metrics[0]!.scope_metrics[0]!.metrics as [
    OtlpMetric,
    OtlpMetric,
  ]
  const point = sum.sum!.data_points[0]!
  assert.equal([point.flags, point.as_int, point.as_double], [1, undefined, undefined])
  const ended = duration.exponential_histogram!.data_points[0]!
  assert.equal([ended.flags, ended.count, ended.sum, ended.positive], [1, 0n, undefined, null])
})

requests('carries temporality, monotony, description, scale and zero threshold', () => {
  const [table] = metricsBatch([{ values: { calls: 1, ...histogram({ 4: 1 }) } }], {
    temporality: 'delta',
    scale: -2,
  }).tables as [MetricTable]
  const metrics = table.metrics.map(metric => ({
    ...metric,
    description: 'what it is',
    ...(metric.type === 'sum' && { monotonic: false }),
    ...(metric.type === 'exponential_histogram' && { zeroThreshold: 0.125 }),
  }))
  const [sum, duration] = single({
    resources: [{ id: 'a', attributes: {} }],
    tables: [{ ...table, metrics }],
  }).resource_metrics[0]!.scope_metrics[0]!.metrics as [OtlpMetric, OtlpMetric]
  assert.equal(
    [sum.description, sum.sum!.aggregation_temporality, sum.sum!.is_monotonic],
    ['what it is', 1, false],
  )
  const data = duration.exponential_histogram!
  assert.equal(
    [data.aggregation_temporality, data.data_points[0]!.scale, data.data_points[0]!.zero_threshold],
    [1, -2, 0.125],
  )
})

requests('groups the rows of a resource, whatever their order', () => {
  const batch = metricsBatch(
    ['a', 'b', 'c', 'a', 'b', 'a'].map((resource, i) => ({
      resource,
      attributes: { i },
      values: { calls: i },
    })),
  )
  const { resource_metrics: parts } = single(batch)
  assert.equal(
    parts.map(part => part.scope_metrics[0]!.metrics[0]!.sum!.data_points.map(point => point.as_int)),
    [[0n, 3n, 5n], [1n, 4n], [2n]],
  )
})

requests('leaves out histogram rows without values, and metrics and resources left empty by that', () => {
  const empty = { 'swoll.syscall.duration': { sum: 0, buckets: {} } }
  const batch = metricsBatch([
    { resource: 'a', values: empty },
    { resource: 'b', attributes: { i: 1 }, values: histogram({ 1: 1 }) },
    { resource: 'b', attributes: { i: 2 }, values: empty },
  ])
  const [{ bytes, items }] = encode(batch) as [{ bytes: Uint8Array; items: number }]
  assert.is(items, 1)
  assert.equal(decodeOtlp(bytes).resource_metrics.length, 1)
  assert.equal(encode(metricsBatch([{ values: empty }])), [], 'no point, no request')
})

requests('gives nothing for nothing', () => {
  assert.equal(encode({ resources: [], tables: [] }), [])
  assert.equal(encode(metricsBatch([])), [])
  const [table] = metricsBatch([{ values: {} }]).tables as [MetricTable]
  assert.equal(
    encode({ resources: [{ id: 'a', attributes: {} }], tables: [table] }),
    [],
    'a table without metrics',
  )
})

requests('puts every table in', () => {
  const [a, b] = [
    metricsBatch([{ values: { one: 1 } }]),
    metricsBatch([{ values: { two: 2 } }], { scope: 'other' }),
  ]
  const all = encode({ resources: a.resources, tables: [...a.tables, ...b.tables] }).map(({ bytes }) =>
    decodeOtlp(bytes),
  )
  assert.equal(
    all.flatMap(toOtlpPoints).map(point => point.metric),
    ['one', 'two'],
  )
  assert.equal(
    all.flatMap(r => r.resource_metrics[0]!.scope_metrics.map(s => s.scope.name)),
    ['swoll/receiver/ebpf', 'other'],
  )
})
requests.run()

/** Random rows, some of them ended, some without times, attributes or values. */
function randomBatch(seed: number, count: number): MetricsBatch {
  const random = seeded(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  const value = () => BigInt(Math.floor(2 ** (random() * 62)))
  return metricsBatch(
    Array.from({ length: count }, (_, i) => ({
      resource: `container-${upTo(7)}`,
      attributes: {
        i,
        'syscall.name': `call_${upTo(40)}`,
        ...(random() < 0.3 && { 'error.type': `E${upTo(9)}` }),
      },
      values: {
        'swoll.syscall.calls': value(),
        ...(random() < 0.8 && {
          'swoll.syscall.duration': {
            sum: random() * 1e6,
            buckets: Object.fromEntries(Array.from({ length: upTo(9) }, () => [upTo(60) - 45, value() + 1n])),
          },
        }),
      },
      start: NS + value(),
      ended: random() < 0.05,
    })),
    { time: NS },
  )
}

const limits = suite('encodeRequests within limits')
for (const most of [1, 2, 3, 7, 64, 500, 10_000])
  limits(`of ${most} points`, () => {
    const batch = randomBatch(most, 211)
    const parts = encode(batch, { items: most, bytes: 2 ** 20 })
    assert.equal(
      toLines(parts.flatMap(({ bytes }) => toOtlpPoints(decodeOtlp(bytes)))),
      toLines(toPoints(batch)),
    )
    for (const { bytes, items } of parts) {
      assert.is(items, toOtlpPoints(decodeOtlp(bytes)).length)
      assert.ok(items <= Math.max(2, most), `a row of two metrics, or at most ${most}: ${items}`)
      const ids = decodeOtlp(bytes).resource_metrics.map(part => JSON.stringify(part.resource))
      assert.is(new Set(ids).size, ids.length, 'one ResourceMetrics per resource')
    }
  })
for (const most of [1, 300, 5_000, 60_000])
  limits(`of ${most} bytes`, () => {
    const batch = randomBatch(most, 211)
    const parts = encode(batch, { items: Number.POSITIVE_INFINITY, bytes: most })
    assert.equal(
      toLines(parts.flatMap(({ bytes }) => toOtlpPoints(decodeOtlp(bytes)))),
      toLines(toPoints(batch)),
    )
    for (const { bytes, items } of parts)
      assert.ok(bytes.length <= most || items <= 2, `${bytes.length} bytes`)
  })
limits('encodes each request into memory of its own', () => {
  const buffers = encode(randomBatch(5, 50), { items: 20, bytes: 2 ** 20 }).map(({ bytes }) => bytes.buffer)
  assert.is(new Set(buffers).size, buffers.length)
})
limits.run()
