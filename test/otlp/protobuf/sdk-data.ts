/** A batch as the OpenTelemetry SDK would have it: an object per point. For comparing results, and costs. */
import { type HrTime, ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type ExponentialHistogramMetricData,
  type MetricData,
  type ResourceMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics'
import type {
  ExponentialHistogramColumn,
  MetricsBatch,
  MetricTable,
  SumColumn,
} from '../../../pipeline/data/metrics.ts'

/** One ResourceMetrics per resource. Sums and histograms only; the SDK knows no ended series and no integers above 2^53. */
export function toSdk(batch: MetricsBatch): ResourceMetrics[] {
  const [table] = batch.tables as [MetricTable]
  const rows = batch.resources.map((): number[] => [])
  for (let row = 0; row < table.rows; row++) rows[table.resource[row]!]!.push(row)
  return batch.resources.map((resource, i) => ({
    resource: resourceFromAttributes({ ...resource.attributes }),
    scopeMetrics: [
      {
        scope: table.scope,
        metrics: table.metrics.map(metric => toMetric(table, metric as SumColumn, rows[i]!)),
      },
    ],
  }))
}

function toMetric(
  table: MetricTable,
  metric: SumColumn | ExponentialHistogramColumn,
  rows: readonly number[],
): MetricData {
  const { name, description, unit } = metric
  const aggregationTemporality = AggregationTemporality.CUMULATIVE
  const shared = (row: number) => ({
    startTime: toHrTime(table.startTimeUnixNano[row]!),
    endTime: toHrTime(table.timeUnixNano),
    attributes: toAttributes(table, row),
  })
  if (metric.type === 'sum') {
    const descriptor = { name, description, unit, valueType: ValueType.INT }
    const dataPoints = rows.map(
      (row): DataPoint<number> => ({ ...shared(row), value: Number(metric.values[row]) }),
    )
    return {
      descriptor,
      aggregationTemporality,
      dataPointType: DataPointType.SUM,
      isMonotonic: metric.monotonic,
      dataPoints,
    } satisfies SumMetricData
  }
  const descriptor = { name, description, unit, valueType: ValueType.DOUBLE }
  const dataPoints = rows
    .filter(row => metric.first[row] !== metric.first[row + 1])
    .map((row): DataPoint<ExponentialHistogram> => ({ ...shared(row), value: toHistogram(metric, row) }))
  return {
    descriptor,
    aggregationTemporality,
    dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
    dataPoints,
  } satisfies ExponentialHistogramMetricData
}

function toHistogram(metric: ExponentialHistogramColumn, row: number): ExponentialHistogram {
  const [from, to] = [metric.first[row]!, metric.first[row + 1]!]
  const offset = metric.bucketIndex[from]!
  const bucketCounts = new Array<number>(metric.bucketIndex[to - 1]! - offset + 1).fill(0)
  let count = 0
  for (let i = from; i < to; i++) {
    bucketCounts[metric.bucketIndex[i]! - offset] = Number(metric.bucketCounts[i])
    count += Number(metric.bucketCounts[i])
  }
  return {
    count,
    sum: metric.sum[row]!,
    scale: metric.scale,
    zeroCount: 0,
    positive: { offset, bucketCounts },
    negative: { offset: 0, bucketCounts: [] },
  }
}

function toAttributes(table: MetricTable, row: number) {
  const attributes: Record<string, string | number | boolean> = {}
  for (const column of table.attributes) {
    const value = column.values[column.codes[row]!]
    if (value !== undefined) attributes[column.key] = value
  }
  return attributes
}

function toHrTime(unixNano: bigint): HrTime {
  return [Number(unixNano / 1_000_000_000n), Number(unixNano % 1_000_000_000n)]
}
