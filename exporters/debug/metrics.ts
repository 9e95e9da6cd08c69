/** Metrics as text to read: laid out as the Collector's debug exporter does, so that eyes and scripts know it. */
import type { MetricColumn, MetricTable } from '../../pipeline/data/metrics.ts'
import { readAttributes } from './event.ts'
import { escapeControls, type Group, pairs, spaced, titled, toTimestamp } from './format.ts'
import { type HistogramPoint, type PointValue, readPoint } from './point.ts'

/** Yields a line per point: `name{key=value,…} value`. */
export function* normalMetrics({ table, rows }: Group<MetricTable>): Generator<string> {
  for (const metric of table.metrics)
    for (const row of rows) {
      const value = readPoint(metric, row)
      if (value === undefined) continue
      const shown = table.ended?.[row] ? 'ended' : normalValue(value)
      yield `${escapeControls(metric.name)}{${pairs(readAttributes(table.attributes, row)).join(',')}} ${shown}`
    }
}

function normalValue(value: PointValue): string {
  if (typeof value !== 'object') return String(value)
  const zero = value.zeroCount > 0n ? [`zero=${value.zeroCount}`] : []
  return spaced(
    `count=${value.count}`,
    `sum=${value.sum}`,
    ...zero,
    ...value.buckets.map(b => `${range(b)}=${b.count}`),
  )
}

/** Yields every field of every point, a line each. */
export function* detailedMetrics({ table, rows }: Group<MetricTable>): Generator<string> {
  let metrics = 0
  for (const metric of table.metrics) {
    const points = rows.flatMap(row => {
      const value = readPoint(metric, row)
      return value === undefined ? [] : [{ row, value }]
    })
    if (points.length === 0) continue
    yield `Metric #${metrics++}`
    yield* descriptor(metric)
    const kind =
      metric.type === 'exponential_histogram' ? 'ExponentialHistogramDataPoints' : 'NumberDataPoints'
    for (const [i, { row, value }] of points.entries()) {
      yield `${kind} #${i}`
      yield* point(table, row, value)
    }
  }
}

const DATA_TYPES = { sum: 'Sum', gauge: 'Gauge', exponential_histogram: 'ExponentialHistogram' } as const
const TEMPORALITIES = { cumulative: 'Cumulative', delta: 'Delta' } as const

function* descriptor(metric: MetricColumn): Generator<string> {
  yield 'Descriptor:'
  yield escapeControls(`     -> Name: ${metric.name}`)
  yield escapeControls(`     -> Description: ${metric.description}`)
  yield escapeControls(`     -> Unit: ${metric.unit}`)
  yield `     -> DataType: ${DATA_TYPES[metric.type]}`
  if (metric.type === 'sum') yield `     -> IsMonotonic: ${metric.monotonic}`
  if (metric.type !== 'gauge') yield `     -> AggregationTemporality: ${TEMPORALITIES[metric.temporality]}`
}

function* point(table: MetricTable, row: number, value: PointValue): Generator<string> {
  yield* titled('Data point attributes:', readAttributes(table.attributes, row))
  yield `StartTimestamp: ${toTimestamp(table.startTimeUnixNano[row]!)}`
  yield `Timestamp: ${toTimestamp(table.timeUnixNano)}`
  if (table.ended?.[row]) yield 'Flags: NoRecordedValue'
  if (typeof value === 'object') yield* histogram(value)
  else yield `Value: ${value}`
}

function* histogram(value: HistogramPoint): Generator<string> {
  yield `Count: ${value.count}`
  yield `Sum: ${value.sum}`
  if (value.zeroCount > 0n) yield `Zero count: ${value.zeroCount}`
  for (const bucket of value.buckets) yield `Bucket ${range(bucket)}, Count: ${bucket.count}`
}

const range = ({ above, upTo }: HistogramPoint['buckets'][number]) => `(${above}, ${upTo}]`
