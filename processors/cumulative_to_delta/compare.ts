import type { Measurements } from '../../pipeline/data/merge-part.ts'
import type { ExponentialHistogramColumn, SumColumn } from '../../pipeline/data/metrics.ts'
import { equalElements, isBelow, toWords } from '../../pipeline/data/u64.ts'

/** How a row is to what it was: `fallen` if any value of it is lower. */
type Change = 'same' | 'grown' | 'fallen'

/** Compares row `row` of `now` with row `old` of `before`. Sums and histograms are compared, bucket by bucket; both have the same metrics. */
export function createComparer(
  now: Measurements,
  before: Measurements,
): (row: number, old: number) => Change {
  const comparers = now.metrics.flatMap((a, i) => {
    const b = before.metrics[i]!
    if (a.type === 'sum') return [ofSums(a, b as SumColumn)]
    if (a.type === 'exponential_histogram') return ofHistograms(a, b as ExponentialHistogramColumn)
    return []
  })
  return (row, old) => {
    let change: Change = 'same'
    for (const compare of comparers) {
      const one = compare(row, old)
      if (one === 'fallen') return one
      if (one === 'grown') change = one
    }
    return change
  }
}

function ofSums({ values: a }: Pick<SumColumn, 'values'>, { values: b }: Pick<SumColumn, 'values'>) {
  const [now, before] = [toWords(a), toWords(b)]
  return (row: number, old: number): Change =>
    isBelow(now, row, before, old) ? 'fallen' : equalElements(now, row, before, old) ? 'same' : 'grown'
}

function ofHistograms(a: ExponentialHistogramColumn, b: ExponentialHistogramColumn) {
  const buckets = ofBuckets(a, b)
  if (!a.zeroCount && !b.zeroCount) return [buckets]
  const zeros = ({ zeroCount, sum }: ExponentialHistogramColumn) => ({
    values: zeroCount ?? new BigUint64Array(sum.length),
  })
  return [buckets, ofSums(zeros(a), zeros(b))]
}

/** Indexes ascend in a row, and counts are above zero: a bucket that is gone has fallen. */
function ofBuckets(a: ExponentialHistogramColumn, b: ExponentialHistogramColumn) {
  const [now, before] = [toWords(a.bucketCounts), toWords(b.bucketCounts)]
  return (row: number, old: number): Change => {
    let at = a.first[row]!
    const end = a.first[row + 1]!
    let change: Change = end - at === b.first[old + 1]! - b.first[old]! ? 'same' : 'grown'
    for (let k = b.first[old]!; k < b.first[old + 1]!; k++) {
      while (at < end && a.bucketIndex[at]! < b.bucketIndex[k]!) at++
      if (at === end || a.bucketIndex[at] !== b.bucketIndex[k] || isBelow(now, at, before, k)) return 'fallen'
      if (!equalElements(now, at, before, k)) change = 'grown'
      at++
    }
    return change
  }
}
