/** One point of a batch, read from the columns. */
import type { MetricColumn } from '../../pipeline/data/metrics.ts'

export interface HistogramPoint {
  readonly count: bigint
  readonly sum: number
  readonly zeroCount: bigint
  /** Lower bound excluded, upper bound included. */
  readonly buckets: readonly { readonly above: number; readonly upTo: number; readonly count: bigint }[]
}
export type PointValue = bigint | number | HistogramPoint

/** Row `row` of the metric; undefined if it is no point of it. */
export function readPoint(metric: MetricColumn, row: number): PointValue | undefined {
  if (metric.type !== 'exponential_histogram') return metric.values[row]!
  const zeroCount = metric.zeroCount?.[row] ?? 0n
  const buckets = []
  let count = zeroCount
  for (let i = metric.first[row]!; i < metric.first[row + 1]!; i++) {
    const index = metric.bucketIndex[i]!
    const bound = (at: number) => 2 ** (at * 2 ** -metric.scale)
    buckets.push({ above: bound(index), upTo: bound(index + 1), count: metric.bucketCounts[i]! })
    count += metric.bucketCounts[i]!
  }
  return count === 0n ? undefined : { count, sum: metric.sum[row]!, zeroCount, buckets }
}
