/** Metric points as statements see them: those of one metric of a table. */
import type {
  ExponentialHistogramColumn,
  MetricColumn,
  MetricTable,
  Resource,
} from '../pipeline/data/metrics.ts'
import { MASK, maskOf, scopeField } from './fields.ts'
import type { Shape } from './shape.ts'
import type { Value } from './values.ts'

type Read = (metric: MetricColumn, table: MetricTable, row: number) => Value

const TYPES = { gauge: 1n, sum: 2n, exponential_histogram: 4n } as const
const TEMPORALITIES = { delta: 1n, cumulative: 2n } as const

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['metric.name', ({ name }) => name],
  ['metric.description', ({ description }) => description],
  ['metric.unit', ({ unit }) => unit],
  ['metric.type', ({ type }) => TYPES[type]],
  [
    'metric.aggregation_temporality',
    metric => (metric.type === 'gauge' ? undefined : TEMPORALITIES[metric.temporality]),
  ],
  ['metric.is_monotonic', metric => (metric.type === 'sum' ? metric.monotonic : undefined)],
  [
    'datapoint.value_int',
    (metric, _, row) =>
      metric.type === 'sum'
        ? BigInt.asIntN(64, metric.values[row]!)
        : metric.type === 'gauge'
          ? 0n
          : undefined,
  ],
  [
    'datapoint.value_double',
    (metric, _, row) =>
      metric.type === 'gauge' ? metric.values[row] : metric.type === 'sum' ? 0 : undefined,
  ],
  ['datapoint.start_time_unix_nano', (_, { startTimeUnixNano }, row) => startTimeUnixNano[row]],
  ['datapoint.time_unix_nano', (_, { timeUnixNano }) => timeUnixNano],
  ['datapoint.flags', (_, { ended }, row) => BigInt(ended?.[row] ?? 0)],
  ['datapoint.count', (metric, _, row) => ofHistogram(metric, one => countOf(one, row))],
  ['datapoint.sum', (metric, _, row) => ofHistogram(metric, ({ sum }) => sum[row])],
  ['datapoint.scale', metric => ofHistogram(metric, ({ scale }) => BigInt(scale))],
  [
    'datapoint.zero_count',
    (metric, _, row) => ofHistogram(metric, ({ zeroCount }) => zeroCount?.[row] ?? 0n),
  ],
])

function ofHistogram(metric: MetricColumn, read: (histogram: ExponentialHistogramColumn) => Value): Value {
  return metric.type === 'exponential_histogram' ? read(metric) : undefined
}

function countOf({ first, bucketCounts, zeroCount }: ExponentialHistogramColumn, row: number): bigint {
  let count = zeroCount?.[row] ?? 0n
  for (let i = first[row]!; i < first[row + 1]!; i++) count += bucketCounts[i]!
  return BigInt.asIntN(64, count)
}

/** `metric`: whose points they are; any will do for what reads neither `metric` nor `row`. `mask`: per row 1 where a group applies. */
export function metricShape(
  { table, resources }: { readonly table: MetricTable; readonly resources: readonly Resource[] },
  metric: MetricColumn | undefined,
  mask?: Uint8Array,
): Shape {
  return {
    rows: table.rows,
    resources,
    resource: table.resource,
    attributes: table.attributes,
    coded: source => maskOf(source, mask),
    sourceOf: name => (name === MASK ? MASK : undefined),
    read(name, at) {
      const read = READERS.get(name)
      return read ? metric && read(metric, table, at) : scopeField(name, table.scope, at)
    },
  }
}
