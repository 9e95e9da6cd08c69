import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ClassicBuckets } from '../../../pipeline/data/classic-buckets.ts'
import type { ExponentialHistogramColumn } from '../../../pipeline/data/metrics.ts'
import { joinWords } from '../../../pipeline/data/u64.ts'
import { type HistogramValue, metricsBatch } from '../../kit/metrics.ts'

function read(value: Omit<HistogramValue, 'sum'>, exponents: readonly number[], scale = 0): bigint[] {
  const rows = [
    { values: { h: { sum: 1, buckets: { 0: 9 } } } },
    { attributes: { i: 1 }, values: { h: { sum: 1, ...value } } },
  ]
  const column = metricsBatch(rows, { scale }).tables[0]!.metrics[0] as ExponentialHistogramColumn
  const buckets = new ClassicBuckets(column, exponents)
  buckets.read(0)
  const words = buckets.read(1)
  return Array.from({ length: words.length / 2 }, (_, i) => joinWords(words[2 * i]!, words[2 * i + 1]!))
}

const s = suite('ClassicBuckets')
// Bucket i of scale 0 is (2^i, 2^(i + 1)].
for (const [what, value, exponents, want, scale] of [
  ['a bucket at the bound that it ends at', { buckets: { [-1]: 3 } }, [-1, 0, 1], [0n, 3n, 0n, 0n]],
  ['all below the first bound in the first', { buckets: { [-9]: 1, [-2]: 2 } }, [-1, 0], [3n, 0n, 0n]],
  ['all above the last bound in what is above', { buckets: { 0: 1, 5: 2 } }, [-1, 0], [0n, 0n, 3n]],
  ['buckets between two bounds at the upper one', { buckets: { 0: 1, 1: 2, 2: 4 } }, [0, 3], [0n, 7n, 0n]],
  ['zeroes in the first', { buckets: { 3: 1 }, zeroCount: 2n ** 40n }, [0, 4], [2n ** 40n, 1n, 0n]],
  ['a row of zeroes alone', { buckets: {}, zeroCount: 7 }, [0], [7n, 0n]],
  ['sums above 2^32', { buckets: { 0: 2n ** 32n - 1n, 1: 2n ** 33n } }, [2], [3n * 2n ** 32n - 1n, 0n]],
  ['everything in one without bounds', { buckets: { 0: 1, 9: 2 }, zeroCount: 4 }, [], [7n]],
  // Scale 1: (2^(i/2), 2^((i + 1)/2)].
  ['finer buckets exactly', { buckets: { [-2]: 1, [-1]: 2, 0: 4, 1: 8 } }, [0, 1], [3n, 12n, 0n], 1],
  // Scale -2: (16^i, 16^(i + 1)], so that 2^1 to 2^3 are inside of a bucket.
  [
    'coarser buckets at the next bound',
    { buckets: { [-1]: 1, 0: 2 } },
    [0, 1, 2, 3, 4],
    [1n, 0n, 0n, 0n, 2n, 0n],
    -2,
  ],
] as const)
  s(`counts ${what}`, () => assert.equal(read(value, exponents, scale), want))
s.run()
