/** Columnar batches from plain rows, and back, so that tests read as tables. */
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type {
  AttributeColumn,
  ExponentialHistogramColumn,
  GaugeColumn,
  MetricColumn,
  MetricsBatch,
  MetricTable,
  Resource,
  Temporality,
} from '../../pipeline/data/metrics.ts'

/** An exponential histogram point: bucket index → count, with the indexes of ExponentialHistogramColumn. */
export interface HistogramValue {
  readonly sum: number
  readonly buckets: Readonly<Record<number, number | bigint>>
  readonly zeroCount?: number | bigint
}
interface GaugeValue {
  readonly gauge: number
  /** That of the first row counts for the column. */
  readonly merge?: NonNullable<GaugeColumn['merge']>
}
/** A number is a sum, `{ gauge }` a gauge, `{ sum, buckets }` an exponential histogram. */
export type RowValue = number | bigint | GaugeValue | HistogramValue

export interface Row {
  /** A string stands for a resource of that id whose `container.id` is the same. Default: `a`. */
  readonly resource?: string | Resource
  readonly attributes?: Attributes
  /** Values by metric name. For a missing metric a sum is 0, a gauge NaN, a histogram empty. */
  readonly values: Readonly<Record<string, RowValue>>
  /** Unix ns. */
  readonly start?: bigint
  readonly ended?: boolean
}

export interface BatchOptions {
  readonly scope?: string
  readonly time?: bigint
  /** See MetricTable. */
  readonly epoch?: number
  readonly temporality?: Temporality
  /** Units by metric name, on top of those of the syscall metrics. */
  readonly units?: Readonly<Record<string, string>>
  /** Scale of all histograms. */
  readonly scale?: number
}

const UNITS: Readonly<Record<string, string>> = {
  'swoll.syscall.calls': '{call}',
  'swoll.syscall.time': 'ns',
  'swoll.syscall.duration': 's',
}

/** Returns one table with the rows in order. Attribute keys are in order of first use; a row's missing key is undefined. */
export function metricsBatch(rows: readonly Row[], options: BatchOptions = {}): MetricsBatch {
  const resources = new Map<string, Resource>()
  const order: string[] = []
  const resource = Uint32Array.from(rows, ({ resource: r = 'a' }) => {
    const found = typeof r === 'string' ? { id: r, attributes: { 'container.id': r } } : r
    if (!resources.has(found.id)) order.push(found.id)
    resources.set(found.id, found)
    return order.indexOf(found.id)
  })
  const keys = [...new Set(rows.flatMap(row => Object.keys(row.attributes ?? {})))]
  const names = [...new Set(rows.flatMap(row => Object.keys(row.values)))]
  const table: MetricTable = {
    scope: { name: options.scope ?? 'swoll/receiver/ebpf', version: '0.0.0' },
    rows: rows.length,
    resource,
    attributes: keys.map(key => toAttributeColumn(key, rows)),
    startTimeUnixNano: BigUint64Array.from(rows, row => row.start ?? 1_000n),
    timeUnixNano: options.time ?? 2_000n,
    ...(options.epoch !== undefined && { epoch: options.epoch }),
    ...(rows.some(row => row.ended) && { ended: Uint8Array.from(rows, row => Number(row.ended ?? false)) }),
    metrics: names.map(name => toMetricColumn(name, rows, options)),
  }
  return { resources: order.map(id => resources.get(id)!), tables: [table] }
}

/** When the table was observed, ms. */
export function timeMs({ timeUnixNano }: MetricTable): number {
  return Number(timeUnixNano / 1_000_000n)
}

function toAttributeColumn(key: string, rows: readonly Row[]): AttributeColumn {
  const values: (AttributeValue | undefined)[] = []
  const codes = Uint32Array.from(rows, row => {
    const value = row.attributes?.[key]
    const known = values.indexOf(value)
    return known >= 0 ? known : values.push(value) - 1
  })
  return { key, values, codes }
}

function toMetricColumn(name: string, rows: readonly Row[], options: BatchOptions): MetricColumn {
  const base = { name, description: '', unit: options.units?.[name] ?? UNITS[name] ?? '1' }
  const values = rows.map(row => row.values[name])
  const temporality = options.temporality ?? 'cumulative'
  if (values.some(isHistogram)) return { ...base, temporality, ...toHistogram(values, options.scale ?? 0) }
  if (values.some(value => typeof value === 'object'))
    return { ...base, ...toGauge(values as readonly (GaugeValue | undefined)[]) }
  const counts = BigUint64Array.from(values, value => BigInt((value as number | bigint | undefined) ?? 0))
  return { ...base, type: 'sum', monotonic: true, temporality, values: counts }
}

function toGauge(
  values: readonly (GaugeValue | undefined)[],
): Pick<GaugeColumn, 'type' | 'merge' | 'values'> {
  const merge = values.find(value => value?.merge !== undefined)?.merge
  const column = {
    type: 'gauge',
    values: Float64Array.from(values, value => value?.gauge ?? Number.NaN),
  } as const
  return merge === undefined ? column : { ...column, merge }
}

function isHistogram(value: RowValue | undefined): value is HistogramValue {
  return typeof value === 'object' && 'buckets' in value
}

type HistogramParts = Omit<ExponentialHistogramColumn, 'name' | 'description' | 'unit' | 'temporality'>

function toHistogram(values: readonly (RowValue | undefined)[], scale: number): HistogramParts {
  const points = values.map(value => (isHistogram(value) ? value : undefined))
  const first = [0]
  const buckets = points.flatMap(point => {
    const own = Object.entries(point?.buckets ?? {}).sort((a, b) => Number(a[0]) - Number(b[0]))
    first.push(first.at(-1)! + own.length)
    return own
  })
  return {
    type: 'exponential_histogram',
    scale,
    zeroThreshold: 0,
    ...(points.some(point => point?.zeroCount) && {
      zeroCount: BigUint64Array.from(points, point => BigInt(point?.zeroCount ?? 0)),
    }),
    sum: Float64Array.from(points, point => point?.sum ?? 0),
    first: Uint32Array.from(first),
    bucketIndex: Int16Array.from(buckets, ([index]) => Number(index)),
    bucketCounts: BigUint64Array.from(buckets, ([, count]) => BigInt(count)),
  }
}

/** One point of one metric, as OTLP has it, without columns. */
export interface Point {
  readonly metric: string
  readonly unit: string
  readonly resource: string
  readonly resourceAttributes: Attributes
  readonly attributes: Attributes
  readonly start: bigint
  readonly time: bigint
  readonly ended: boolean
  readonly value:
    | bigint
    | number
    | { sum: number; count: bigint; zeroCount: bigint; buckets: Record<number, bigint> }
}

/** Returns every point of the batch: table by table, row by row, metric by metric. Empty histograms are left out. */
export function toPoints(batch: MetricsBatch): Point[] {
  return batch.tables.flatMap(table =>
    Array.from({ length: table.rows }, (_, row) =>
      rowPoints(batch.resources[table.resource[row]!]!, table, row),
    ).flat(),
  )
}

function rowPoints(resource: Resource, table: MetricTable, row: number): Point[] {
  const pairs = table.attributes.map(column => [column.key, column.values[column.codes[row]!]] as const)
  const shared = {
    resource: resource.id,
    resourceAttributes: resource.attributes,
    attributes: Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) as Attributes,
    start: table.startTimeUnixNano[row]!,
    time: table.timeUnixNano,
    ended: table.ended?.[row] === 1,
  }
  return table.metrics.flatMap(metric => {
    const value = metric.type === 'exponential_histogram' ? histogramValue(metric, row) : metric.values[row]!
    return value === undefined ? [] : [{ metric: metric.name, unit: metric.unit, ...shared, value }]
  })
}

function histogramValue(column: ExponentialHistogramColumn, row: number) {
  const buckets: Record<number, bigint> = {}
  const zeroCount = column.zeroCount?.[row] ?? 0n
  let count = zeroCount
  for (let i = column.first[row]!; i < column.first[row + 1]!; i++) {
    buckets[column.bucketIndex[i]!] = column.bucketCounts[i]!
    count += column.bucketCounts[i]!
  }
  return count === 0n ? undefined : { sum: column.sum[row]!, count, zeroCount, buckets }
}
