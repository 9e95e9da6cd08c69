import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DROPPED } from '../../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../../pipeline/data/merge-rows.ts'
import type { ExponentialHistogramColumn } from '../../../pipeline/data/metrics.ts'
import { metricsBatch, type Row, type RowValue } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { randomRows } from '../../pipeline/data/random-rows.ts'

const merge = suite('mergeRows')

const from = (...rows: Row[]) => metricsBatch(rows).tables[0]!
const values = (...list: RowValue[]) => from(...list.map(value => ({ values: { v: value } })))

merge('adds the rows of several parts', () => {
  const merged = mergeRows(
    [
      { from: values(1, 2, 4), target: Uint32Array.of(0, 1, 0) },
      { from: values(8, 16), target: Uint32Array.of(1, 2) },
    ],
    3,
  )
  assert.equal(merged.metrics[0], { ...values(0).metrics[0]!, values: BigUint64Array.of(5n, 10n, 16n) })
})

merge('leaves out rows that go nowhere', () => {
  const merged = mergeRows([{ from: values(1, 2), target: Uint32Array.of(DROPPED, 0) }], 1)
  assert.equal(merged.metrics[0], { ...values(0).metrics[0]!, values: BigUint64Array.of(2n) })
})

merge('gives zeros to a target without rows', () => {
  const histogram = values({ sum: 1, buckets: { 3: 1 } })
  const merged = mergeRows([{ from: histogram, target: Uint32Array.of(1) }], 2)
  const column = merged.metrics[0] as ExponentialHistogramColumn
  assert.equal([...column.first], [0, 0, 1])
  assert.equal([...column.sum], [0, 1])
})

const gauges = (merge: 'max' | 'sum', ...list: readonly (number | string)[]) =>
  from(
    ...list.map(value => ({
      values: { v: { gauge: Number(value), merge } },
      ended: typeof value === 'string',
    })),
  )
const targets = (...list: number[]) => Uint32Array.from(list)
const merged = (merge: 'max' | 'sum', list: readonly (number | string)[], target: Uint32Array, rows = 1) => {
  const { metrics, ended } = mergeRows([{ from: gauges(merge, ...list), target }], rows)
  return [[...(metrics[0] as { values: Float64Array }).values], ended && [...ended]]
}
merge('takes of gauges the greatest, or their sum, as they say', () => {
  assert.equal(merged('max', [3, 7, 5, 2], targets(0, 0, 1, DROPPED), 2), [[7, 5], undefined])
  assert.equal(merged('sum', [3, 7, 5, 2], targets(0, 0, 1, DROPPED), 2), [[10, 5], undefined])
  assert.equal(merged('max', [-3, -7], targets(0, 0)), [[-3], undefined])
})
merge('leaves those that have ended out, and has 0 where none lives', () => {
  assert.equal(merged('max', [3, '9'], targets(0, 0)), [[3], undefined])
  assert.equal(merged('sum', [3, '9'], targets(0, 0)), [[3], undefined])
  for (const law of ['max', 'sum'] as const) assert.equal(merged(law, ['9'], targets(0)), [[0], [1]])
})
merge('takes of other gauges the last, and none that are subtracted', () => {
  const plain = from({ values: { v: { gauge: 8 } } }, { values: { v: { gauge: 4 } } })
  const parts = [
    { from: plain, target: targets(0, 0) },
    { from: plain, target: targets(0, 0), isSubtracted: true },
  ]
  assert.equal([...(mergeRows(parts, 1).metrics[0] as { values: Float64Array }).values], [4])
  const summed = parts.map(part => ({ ...part, from: gauges('sum', 8, 4) }))
  assert.equal([...(mergeRows(summed, 1).metrics[0] as { values: Float64Array }).values], [12])
})

merge('carries from word to word and wraps at 2^64', () => {
  const sum = (a: bigint, b: bigint) =>
    mergeRows([{ from: values(a, b), target: Uint32Array.of(0, 0) }], 1).metrics[0] as {
      values: BigUint64Array
    }
  assert.is(sum(0xffff_ffffn, 1n).values[0], 0x1_0000_0000n)
  assert.is(sum(2n ** 64n - 1n, 2n).values[0], 1n)
})

merge('adds buckets below and above zero, and keeps them ascending', () => {
  const table = values({ sum: 1, buckets: { '-32768': 1, 5: 2 } }, { sum: 2, buckets: { 0: 3, 32767: 4 } })
  const column = mergeRows([{ from: table, target: Uint32Array.of(0, 0) }], 1)
    .metrics[0] as ExponentialHistogramColumn
  assert.equal([...column.bucketIndex], [-32768, 0, 5, 32767])
  assert.equal([...column.bucketCounts], [1n, 3n, 2n, 4n])
})

const starts: readonly (readonly [string, bigint, bigint, bigint])[] = [
  ['first', 1n, 2n, 1n],
  ['second', 2n, 1n, 1n],
  ['equal', 7n, 7n, 7n],
  ['by the high word', 0x1_0000_0000n, 0xffff_ffffn, 0xffff_ffffn],
  ['by the low word', 0x5_0000_0002n, 0x5_0000_0001n, 0x5_0000_0001n],
]
for (const [name, a, b, want] of starts)
  merge(`takes the earliest start: ${name}`, () => {
    const table = from({ start: a, values: { v: 1 } }, { start: b, values: { v: 1 } })
    assert.is(mergeRows([{ from: table, target: Uint32Array.of(0, 0) }], 1).startTimeUnixNano[0], want)
  })

merge('ends a target when all of its rows have ended', () => {
  const row = (ended: boolean) => ({ ended, values: { v: 1 } })
  const table = from(row(true), row(true), row(true), row(false))
  const merged = mergeRows([{ from: table, target: Uint32Array.of(0, 0, 1, 1) }], 3)
  assert.equal([...merged.ended!], [1, 0, 0])
  assert.is(mergeRows([{ from: table, target: Uint32Array.of(0, 0, 0, 0) }], 1).ended, undefined)
})

merge('takes back what was added: a table less itself is nothing', () => {
  const random = seeded(3)
  const table = from(...randomRows(random, 60))
  const target = Uint32Array.from({ length: 60 }, () => Math.floor(random() * 5))
  const gone = mergeRows(
    [
      { from: table, target },
      { from: table, target, isSubtracted: true },
    ],
    5,
  )
  const [calls, , duration] = gone.metrics as [
    { values: BigUint64Array },
    unknown,
    ExponentialHistogramColumn,
  ]
  assert.equal([...calls.values], [0n, 0n, 0n, 0n, 0n])
  assert.equal([...duration.first], [0, 0, 0, 0, 0, 0])
  assert.equal([...duration.zeroCount!], [0n, 0n, 0n, 0n, 0n])
  assert.equal([...duration.sum], [0, 0, 0, 0, 0])
})

merge('remembers a debt: (a - b) + b is a again', () => {
  const [a, b] = [from(...randomRows(seeded(1), 1)), from(...randomRows(seeded(2), 1))]
  const target = Uint32Array.of(0)
  const debt = mergeRows(
    [
      { from: a, target },
      { from: b, target, isSubtracted: true },
    ],
    1,
  )
  const paid = mergeRows(
    [
      { from: debt, target },
      { from: b, target },
    ],
    1,
  )
  const plain = mergeRows([{ from: a, target }], 1)
  assert.equal(paid.metrics[0], plain.metrics[0])
  assert.equal(paid.metrics[2], plain.metrics[2])
})

merge.run()
