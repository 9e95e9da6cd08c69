import type { Batches } from './batches.ts'
import type { ExponentialHistogramColumn, MetricColumn, MetricsBatch } from './metrics.ts'

/** How many metric points the batch holds: one per row and metric, less the histogram rows that are not points. */
export function countPoints(batch: MetricsBatch): number {
  let points = 0
  for (const table of batch.tables)
    for (const metric of table.metrics)
      points += metric.type === 'exponential_histogram' ? countHistograms(metric, table.rows) : table.rows
  return points
}

/** Per row 1 where there is a point of the metric; undefined: in all rows. */
export function pointsIn(metric: MetricColumn, rows: number): Uint8Array | undefined {
  if (metric.type !== 'exponential_histogram') return undefined
  const { first, zeroCount } = metric
  return Uint8Array.from({ length: rows }, (_, row) =>
    Number(first[row] !== first[row + 1] || (zeroCount?.[row] ?? 0n) > 0n),
  )
}

function countHistograms({ first, zeroCount }: ExponentialHistogramColumn, rows: number): number {
  let points = 0
  for (let row = 0; row < rows; row++) if (first[row] !== first[row + 1] || zeroCount?.[row]) points++
  return points
}

/** How many log records or spans the batch holds: one per row. */
export function countRows({ tables }: Batches['logs' | 'traces']): number {
  let rows = 0
  for (const table of tables) rows += table.rows
  return rows
}
