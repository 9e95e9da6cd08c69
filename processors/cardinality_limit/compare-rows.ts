import type { Measurements } from '../../pipeline/data/merge-part.ts'
import type { ExponentialHistogramColumn } from '../../pipeline/data/metrics.ts'
import { equalElements, toWords } from '../../pipeline/data/u64.ts'

/** Flags of a row. */
export const MOVED = 1 // a value, or the start, is another than before
export const RESTARTED = 2 // the start is later: what was counted before is not in the values any more

/** In place of the old row of a row that is new. */
export const NEW = 0xffff_ffff

/**
 * Per row of `now`: how it differs from row `old[row]` of `before`. New rows are MOVED. Both have the same metrics in the
 * same order. Of histograms the sum and the zero count are compared, since new values change one of them; a sum too large
 * to notice a small value is left to a BucketComparer, which costs more.
 */
export function compareRows(now: Measurements, before: Measurements, old: Uint32Array): Uint8Array {
  const flags = new Uint8Array(now.rows)
  const [starts, oldStarts] = [toWords(now.startTimeUnixNano), toWords(before.startTimeUnixNano)]
  for (let row = 0; row < now.rows; row++)
    if (old[row] === NEW) flags[row] = MOVED
    else if (!equalElements(starts, row, oldStarts, old[row]!)) {
      // An earlier one is of a row that took in another: its total goes on.
      const isLater = now.startTimeUnixNano[row]! > before.startTimeUnixNano[old[row]!]!
      flags[row] = isLater ? MOVED | RESTARTED : MOVED
    }
  now.metrics.forEach((a, i) => {
    const b = before.metrics[i]
    if (a.type === 'sum' && b?.type === 'sum') flagSums(flags, old, toWords(a.values), toWords(b.values))
    if (a.type === 'gauge' && b?.type === 'gauge') flagNumbers(flags, old, a.values, b.values)
    if (a.type === 'exponential_histogram' && b?.type === 'exponential_histogram') {
      flagNumbers(flags, old, a.sum, b.sum)
      if (a.zeroCount || b.zeroCount) flagSums(flags, old, zerosOf(a), zerosOf(b))
    }
  })
  return flags
}

/** Whether row `row` of `now` and row `old` of `before` differ in a bucket of any histogram. */
export type BucketComparer = (row: number, old: number) => boolean

export function createBucketComparer(now: Measurements, before: Measurements): BucketComparer {
  const pairs = now.metrics.flatMap((a, i) => {
    const b = before.metrics[i]
    const areHistograms = a.type === 'exponential_histogram' && b?.type === 'exponential_histogram'
    return areHistograms ? [[toBuckets(a), toBuckets(b)] as const] : []
  })
  return (row, old) => pairs.some(([a, b]) => !equalBuckets(a, row, b, old))
}

function flagSums(flags: Uint8Array, old: Uint32Array, now: Uint32Array, before: Uint32Array): void {
  for (let row = 0; row < flags.length; row++)
    if (flags[row] === 0 && !equalElements(now, row, before, old[row]!)) flags[row] = MOVED
}

function flagNumbers(flags: Uint8Array, old: Uint32Array, now: Float64Array, before: Float64Array): void {
  for (let row = 0; row < flags.length; row++)
    if (flags[row] === 0 && now[row] !== before[old[row]!]) flags[row] = MOVED
}

function zerosOf({ zeroCount, sum }: ExponentialHistogramColumn): Uint32Array {
  return toWords(zeroCount ?? new BigUint64Array(sum.length))
}

type Buckets = ReturnType<typeof toBuckets>

function toBuckets(column: ExponentialHistogramColumn) {
  return { column, counts: toWords(column.bucketCounts) }
}

function equalBuckets(a: Buckets, row: number, b: Buckets, old: number): boolean {
  const [from, oldFrom] = [a.column.first[row]!, b.column.first[old]!]
  const length = a.column.first[row + 1]! - from
  if (b.column.first[old + 1]! - oldFrom !== length) return false
  for (let i = 0; i < length; i++) {
    if (a.column.bucketIndex[from + i] !== b.column.bucketIndex[oldFrom + i]) return false
    if (!equalElements(a.counts, from + i, b.counts, oldFrom + i)) return false
  }
  return true
}
