/** Batches as text to read: laid out as the Collector's debug exporter does, so that eyes and scripts know it. */
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import type { MetricColumn, MetricsBatch, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { type HistogramPoint, type PointValue, readAttributes, readPoint, rowsByResource } from './point.ts'

/** C0 and C1 controls, line and paragraph separators, and marks that change the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** The text with every character that could move a cursor or break a line as an escape such as `\n` or `\u001b`. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, character => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** One line per point: `name{key=value,…} value`, under a line for its resource and one for its scope. */
export function* toNormalLines(batch: MetricsBatch): Generator<string> {
  for (const [group, { resource, table, rows }] of groups(batch)) {
    yield spaced(`ResourceMetrics #${group}`, ...pairs(Object.entries(resource.attributes)))
    yield escapeControls(`ScopeMetrics #0 ${table.scope.name}@${table.scope.version}`)
    for (const metric of table.metrics)
      for (const row of rows) {
        const value = readPoint(metric, row)
        if (value === undefined) continue
        const shown = table.ended?.[row] ? 'ended' : normalValue(value)
        yield `${escapeControls(metric.name)}{${pairs(readAttributes(table, row)).join(',')}} ${shown}`
      }
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

/** Every field of every point, a line each. */
export function* toDetailedLines(batch: MetricsBatch): Generator<string> {
  for (const [group, { resource, table, rows }] of groups(batch)) {
    yield `ResourceMetrics #${group}`
    const attributes = Object.entries(resource.attributes)
    if (attributes.length > 0) yield 'Resource attributes:'
    yield* typed(attributes)
    yield 'ScopeMetrics #0'
    yield escapeControls(`InstrumentationScope ${table.scope.name} ${table.scope.version}`)
    let number = 0
    for (const metric of table.metrics) {
      const points = rows.flatMap(row => {
        const value = readPoint(metric, row)
        return value === undefined ? [] : [{ row, value }]
      })
      if (points.length === 0) continue
      yield `Metric #${number++}`
      yield* descriptor(metric)
      const kind =
        metric.type === 'exponential_histogram' ? 'ExponentialHistogramDataPoints' : 'NumberDataPoints'
      for (const [i, { row, value }] of points.entries()) {
        yield `${kind} #${i}`
        yield* point(table, row, value)
      }
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
  const attributes = readAttributes(table, row)
  if (attributes.length > 0) yield 'Data point attributes:'
  yield* typed(attributes)
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

/** Resource by resource in each table, numbered from 0. */
function groups(batch: MetricsBatch): [number, { resource: Resource; table: MetricTable; rows: number[] }][] {
  const all = batch.tables.flatMap(table =>
    [...rowsByResource(table)].map(([owner, rows]) => ({ resource: batch.resources[owner]!, table, rows })),
  )
  return [...all.entries()]
}

const range = ({ above, upTo }: HistogramPoint['buckets'][number]) => `(${above}, ${upTo}]`
const spaced = (...words: string[]) => words.join(' ')
const pairs = (all: readonly (readonly [string, AttributeValue])[]) =>
  all.map(([key, value]) => escapeControls(`${key}=${value}`))

function* typed(all: readonly (readonly [string, AttributeValue])[]): Generator<string> {
  for (const [key, value] of all) yield escapeControls(`     -> ${key}: ${typeName(value)}(${value})`)
}

function typeName(value: AttributeValue): string {
  if (typeof value === 'string') return 'Str'
  if (typeof value === 'boolean') return 'Bool'
  return Number.isInteger(value) ? 'Int' : 'Double'
}

/** ISO 8601 in UTC, to the nanosecond. */
function toTimestamp(unixNano: bigint): string {
  const seconds = new Date(Number(unixNano / 1_000_000_000n) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(unixNano % 1_000_000_000n).padStart(9, '0')}Z`
}
