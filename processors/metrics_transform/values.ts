/** Tables of one metric with other values. Rows whose `mask` is 0 keep theirs; no mask: all rows are meant. */
import type { ExponentialHistogramColumn, MetricColumn, MetricTable } from '../../pipeline/data/metrics.ts'

/** Gauges without fractions. Totals have none: they stay as they are, and `onWhole` is told their name. */
export function truncateValues(
  table: MetricTable,
  mask: Uint8Array | undefined,
  onWhole: (metric: string) => void,
): MetricTable {
  const [metric] = table.metrics as readonly [MetricColumn]
  if (metric.type === 'sum') onWhole(metric.name)
  if (metric.type !== 'gauge') return table
  const values = metric.values.map((value, row) => (mask?.[row] === 0 ? value : Math.trunc(value)))
  return { ...table, metrics: [{ ...metric, values }] }
}

/** Values multiplied by `factor`, above 0; totals rounded down, and to 2^64 - 1 where they would be above: from 0 on they would fall. */
export function scaleValues(table: MetricTable, factor: number, mask: Uint8Array | undefined): MetricTable {
  const [metric] = table.metrics as readonly [MetricColumn]
  return { ...table, metrics: [scaleMetric(metric, factor, mask)] }
}

function scaleMetric(metric: MetricColumn, factor: number, mask: Uint8Array | undefined): MetricColumn {
  const isMeant = (row: number) => mask?.[row] !== 0
  if (metric.type === 'gauge')
    return { ...metric, values: metric.values.map((value, row) => (isMeant(row) ? value * factor : value)) }
  if (metric.type === 'sum') {
    const scale = (value: bigint) => toTotal(Number(value) * factor)
    return { ...metric, values: metric.values.map((value, row) => (isMeant(row) ? scale(value) : value)) }
  }
  return scaleHistogram(metric, factor, isMeant)
}

function toTotal(value: number): bigint {
  return value < 2 ** 64 ? BigInt(Math.trunc(value)) : 2n ** 64n - 1n
}

/**
 * Buckets move as the Collector moves them: by as many as there are between the middle of a bucket and its multiple, so that a factor which
 * is no power of the base moves all values by less than a bucket too much or too little.
 */
function scaleHistogram(
  metric: ExponentialHistogramColumn,
  factor: number,
  isMeant: (row: number) => boolean,
): ExponentialHistogramColumn {
  const perDoubling = 2 ** metric.scale
  const middle = Math.log2((1 + 2 ** (1 / perDoubling)) / 2) * perDoubling
  const shift = Math.ceil(Math.log2(factor) * perDoubling + middle) - 1
  const bucketIndex = metric.bucketIndex.slice()
  for (let row = 0; row < metric.sum.length; row++)
    if (isMeant(row))
      for (let i = metric.first[row]!; i < metric.first[row + 1]!; i++) bucketIndex[i]! += shift
  return {
    ...metric,
    zeroThreshold: metric.zeroThreshold * factor,
    sum: metric.sum.map((sum, row) => (isMeant(row) ? sum * factor : sum)),
    bucketIndex,
  }
}
