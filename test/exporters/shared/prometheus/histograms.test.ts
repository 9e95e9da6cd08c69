import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { downscale, formatBound, hasPoint } from '../../../../exporters/shared/prometheus/histograms.ts'
import type { ExponentialHistogramColumn } from '../../../../pipeline/data/metrics.ts'
import { toWords } from '../../../../pipeline/data/u64.ts'
import { metricsBatch, toPoints } from '../../../kit/metrics.ts'

function batchOf(scale: number, rows: Record<number, number>[]) {
  return metricsBatch(
    rows.map((buckets, i) => ({ attributes: { i }, values: { h: { sum: 1, buckets } } })),
    { scale },
  )
}
const columnOf = (batch: ReturnType<typeof batchOf>) =>
  batch.tables[0]!.metrics[0] as ExponentialHistogramColumn

const scaling = suite('downscale')
scaling('halves the resolution per step and keeps every count', () => {
  const batch = batchOf(2, [{ [-5]: 1, [-4]: 2, [-1]: 4, 0: 8, 3: 16, 4: 32 }, {}, { 7: 1 }])
  const column = downscale(columnOf(batch), 0)
  assert.is(column.scale, 0)
  const table = { ...batch.tables[0]!, metrics: [column] }
  const buckets = toPoints({ ...batch, tables: [table] }).map(
    point => (point.value as { buckets: object }).buckets,
  )
  assert.equal(buckets, [{ '-2': 1n, '-1': 6n, '0': 24n, '1': 32n }, { '1': 1n }])
})
scaling('gives back a column that is coarse enough', () => {
  const column = columnOf(batchOf(0, [{ 1: 1 }]))
  assert.is(downscale(column, 0), column)
  assert.is(downscale(column, 8), column)
})
scaling.run()

const points = suite('hasPoint')
points('is true for a bucket or a zero count', () => {
  const batch = metricsBatch([
    { values: { h: { sum: 0, buckets: {} } } },
    { values: { h: { sum: 0, buckets: {}, zeroCount: 2n ** 40n } } },
    { values: { h: { sum: 0, buckets: { 3: 1 } } } },
  ])
  const column = columnOf(batch)
  assert.equal(
    [0, 1, 2].map(row => hasPoint(column, toWords(column.zeroCount!), row)),
    [false, true, true],
  )
  assert.is(hasPoint(column, undefined, 1), false)
})
points.run()

const format = suite('formatBound')
for (const [exponent, want] of [
  [0, '1.0'],
  [4, '16.0'],
  [-1, '0.5'],
  [-13, '0.0001220703125'],
  [-14, '6.103515625e-05'],
  [-20, '9.5367431640625e-07'],
  [-34, '5.820766091346741e-11'],
  [19, '524288.0'],
  [20, '1.048576e+06'],
] as const)
  format(`writes 2^${exponent} as Go does`, () => assert.is(formatBound(exponent), want))
format.run()
