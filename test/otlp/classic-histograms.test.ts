/** Histograms with explicit bounds in both syntaxes: decoded without the encoders, and beside what is scraped of the same batch. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeText } from '../../exporters/prometheus/text.ts'
import { formatBound } from '../../exporters/shared/prometheus/histograms.ts'
import { encodeLines } from '../../otlp/json/encode.ts'
import { encodeRequests } from '../../otlp/protobuf/encode.ts'
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import { encodeAll, expose, plain } from '../exporters/prometheus/kit.ts'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { type HistogramValue, metricsBatch, type Row, toPoints } from '../kit/metrics.ts'
import {
  decodeJsonRequest,
  decodeOtlp,
  type OtlpMetric,
  type OtlpRequest,
  recodeOtlp,
  toAttributes,
} from '../kit/otlp.ts'
import { seeded } from '../kit/random.ts'
import { syscallBatch } from '../kit/syscall-batch.ts'

const MOST = { items: 1e9, bytes: 2 ** 30 }
const EXPONENTS = Array.from({ length: 27 }, (_, i) => i - 22)
const SYNTAXES = {
  protobuf: (batch: MetricsBatch, options = { ...MOST, bounds: EXPONENTS }) =>
    [...encodeRequests('metrics', batch, options)].map(({ bytes, items }) => ({
      items,
      request: decodeOtlp(bytes),
    })),
  json: (batch: MetricsBatch, options = { ...MOST, bounds: EXPONENTS }) =>
    Array.from(encodeLines('metrics', batch, options), ({ bytes, items }) => ({
      items,
      request: decodeJsonRequest('metrics', Buffer.from(bytes).toString()) as OtlpRequest,
    })),
}
const metricsOf = (parts: readonly { readonly request: OtlpRequest }[]): OtlpMetric[] =>
  parts.flatMap(({ request }) =>
    request.resource_metrics.flatMap(({ scope_metrics }) => scope_metrics.flatMap(({ metrics }) => metrics)),
  )
const pointsOf = (parts: readonly { readonly request: OtlpRequest }[]) =>
  metricsOf(parts).flatMap(({ histogram }) => histogram?.data_points ?? [])
const sum = (counts: readonly bigint[]) => counts.reduce((all, count) => all + count, 0n)

const NS = 1_790_000_000_123_456_789n

/** Rows of random buckets, below, between and above the bounds, some with zeroes, some with nothing. */
function randomRows(count: number): Row[] {
  const random = seeded(count)
  const upTo = (n: number) => Math.floor(random() * n)
  const value = (): HistogramValue => ({
    sum: random() * 1e6,
    buckets: Object.fromEntries(
      Array.from({ length: upTo(9) }, () => [upTo(60) - 40, BigInt(upTo(2 ** 45)) + 1n]),
    ),
    ...(random() < 0.3 && { zeroCount: upTo(1000) }),
  })
  return Array.from({ length: count }, (_, i) => ({
    resource: `c${upTo(3)}`,
    attributes: { i },
    values: { h: value() },
    start: NS - BigInt(i),
  }))
}

const s = suite('histograms with explicit bounds')
for (const [syntax, encode] of Object.entries(SYNTAXES)) {
  for (const scale of [-4, -1, 0, 1, 3])
    s(`${syntax}: keep sums, counts and times at scale ${scale}, and are what is scraped`, () => {
      const batch = metricsBatch(randomRows(300), { time: NS, scale, units: { h: '' } })
      const points = pointsOf(encode(batch))
      const scraped = parseSamples(
        encodeAll(encodeText, expose([batch]), { ...plain, bounds: EXPONENTS }).toString(),
      )
      const want = new Map(toPoints(batch).map(point => [point.attributes.i, point]))
      assert.is(points.length, want.size)
      assert.ok(want.size > 200, 'most rows have a value')
      for (const point of points) {
        const { i } = toAttributes(point.attributes)
        const { value, start, resource } = want.get(i)!
        const { sum: all, count } = value as HistogramValue & { readonly count: bigint }
        assert.equal([point.sum, point.count, sum(point.bucket_counts!)], [all, count, count])
        assert.equal([point.start_time_unix_nano, point.time_unix_nano, point.flags], [start, NS, 0])
        assert.equal(
          point.explicit_bounds,
          EXPONENTS.map(exponent => 2 ** exponent),
        )
        const of = (le: string) => scraped.get(`h_bucket{container_id="${resource}",i="${i}",le="${le}"}`)
        const cumulated = point.bucket_counts!.map((_, k, counts) => `${sum(counts.slice(0, k + 1))}`)
        assert.equal(cumulated, [...EXPONENTS.map(formatBound), '+Inf'].map(of))
      }
    })
  s(`${syntax}: a row as the specification has it`, () => {
    const row = {
      attributes: { call: 'read' },
      values: { calls: 3, h: { sum: 1.25, buckets: { [-3]: 2, 0: 2n ** 33n, 7: 1 }, zeroCount: 4 } },
    }
    const [calls, duration] = metricsOf(
      encode(metricsBatch([row], { temporality: 'delta' }), { ...MOST, bounds: [-2, 0, 1] }),
    )
    assert.is(calls!.sum!.data_points[0]!.as_int, 3n)
    assert.equal(duration, {
      name: 'h',
      description: '',
      unit: '1',
      histogram: {
        data_points: [
          {
            attributes: [{ key: 'call', value: { string_value: 'read' } }],
            start_time_unix_nano: 1_000n,
            time_unix_nano: 2_000n,
            count: 2n ** 33n + 7n,
            sum: 1.25,
            bucket_counts: [6n, 0n, 2n ** 33n, 1n],
            explicit_bounds: [0.25, 1, 2],
            flags: 0,
          },
        ],
        aggregation_temporality: 1,
      },
    })
  })
  s(`${syntax}: an ended row has zeroes for all that Prometheus makes a series of`, () => {
    const value = { sum: 5, buckets: { 0: 5 }, zeroCount: 1 }
    const batch = metricsBatch([
      { attributes: { i: 1 }, values: { h: value }, ended: true },
      { attributes: { i: 2 }, values: { h: value } },
    ])
    const [ended, live] = pointsOf(encode(batch, { ...MOST, bounds: [0, 1] }))
    assert.equal([ended!.flags, ended!.count, ended!.sum], [1, 0n, 0])
    assert.equal(
      [ended!.explicit_bounds, ended!.bucket_counts],
      [
        [1, 2],
        [0n, 0n, 0n],
      ],
    )
    assert.equal([live!.flags, live!.count, live!.sum, live!.bucket_counts], [0, 6n, 5, [1n, 5n, 0n]])
  })
  s(`${syntax}: rows without values are no points, and all points are counted`, () => {
    const batch = metricsBatch([{ values: { h: { sum: 0, buckets: {} } } }])
    assert.equal(encode(batch), [])
    const many = syscallBatch(700)
    for (const items of [7, 1e9]) {
      const parts = encode(many, { items, bytes: 2 ** 20, bounds: EXPONENTS })
      assert.is(
        parts.reduce((all, part) => all + part.items, 0),
        countPoints(many),
      )
      assert.is(pointsOf(parts).length, 700)
    }
  })
  s(`${syntax}: without bounds they stay exponential`, () => {
    const batch = metricsBatch([{ values: { h: { sum: 1, buckets: { 0: 1 } } } }])
    for (const options of [MOST, { ...MOST, bounds: [] }])
      assert.ok(metricsOf(encode(batch, options as never))[0]!.exponential_histogram)
  })
}
s('are in protobuf as others write them: fields in order, numbers packed', () => {
  for (const batch of [
    syscallBatch(300),
    metricsBatch([{ values: { h: { sum: 0, buckets: { 0: 5 } } }, ended: true }]),
  ])
    for (const { bytes } of encodeRequests('metrics', batch, { ...MOST, bounds: EXPONENTS }))
      assert.is(Buffer.from(recodeOtlp(bytes)).toString('hex'), Buffer.from(bytes).toString('hex'))
})
s('are the same in both syntaxes', () => {
  const batch = syscallBatch(500)
  const [table] = batch.tables as [MetricTable]
  const ended = Uint8Array.from({ length: table.rows }, (_, row) => Number(row % 7 === 0))
  const some = { ...batch, tables: [{ ...table, ended }] }
  assert.equal(SYNTAXES.json(some), SYNTAXES.protobuf(some))
})
s.run()
