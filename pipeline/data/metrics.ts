/**
 * The metrics batch: columnar, so that a processor that adds a label to 100,000 points touches a few hundred
 * resources and a few hundred dictionary entries, never 100,000 objects. Exporters flatten at the very end.
 */
import type { AttributeColumn } from './columns.ts'
import type { Resource, Scope } from './resource.ts'

export type { AttributeColumn, Codes } from './columns.ts'
export type { Resource } from './resource.ts'

export type Temporality = 'cumulative' | 'delta'

interface MetricBase {
  readonly name: string
  readonly description: string
  /** UCUM, e.g. `ns`, `s`, `{call}`. */
  readonly unit: string
}

/** OTLP Sum with integer points. `values` holds `rows` exact unsigned 64-bit integers (see u64.ts to read them cheaply). */
export interface SumColumn extends MetricBase {
  readonly type: 'sum'
  readonly monotonic: boolean
  readonly temporality: Temporality
  readonly values: BigUint64Array
}

/** OTLP Gauge with double points, one per row. The value of a row that has ended is nobody's. */
export interface GaugeColumn extends MetricBase {
  readonly type: 'gauge'
  /** How rows become one: the greatest of those that live, or their sum; 0 if none does. Absent: the last row counts. */
  readonly merge?: 'max' | 'sum'
  readonly values: Float64Array
}

/**
 * OTLP ExponentialHistogram, positive side only. Row r owns buckets `first[r]` up to but not including `first[r + 1]`
 * of `bucketIndex` and `bucketCounts`; bucket i of scale s counts values in (2^(i·2^-s), 2^((i+1)·2^-s)].
 * Within a row indexes ascend and counts are above zero. The count of a row is the sum of its buckets and
 * `zeroCount`; a row without any is not a point. `sum` is in `unit`.
 */
export interface ExponentialHistogramColumn extends MetricBase {
  readonly type: 'exponential_histogram'
  readonly temporality: Temporality
  readonly scale: number
  readonly zeroThreshold: number
  /** Absent: all zero. */
  readonly zeroCount?: BigUint64Array
  readonly sum: Float64Array
  /** rows + 1 entries, ascending from 0. */
  readonly first: Uint32Array
  readonly bucketIndex: Int16Array
  readonly bucketCounts: BigUint64Array
}

export type MetricColumn = SumColumn | GaugeColumn | ExponentialHistogramColumn

/** Points that share their attributes: one row per attribute set, one metric column per metric. Rows are unique. */
export interface MetricTable {
  readonly scope: Scope
  readonly rows: number
  /** Per row: index into the batch's `resources`. */
  readonly resource: Uint32Array
  readonly attributes: readonly AttributeColumn[]
  /** Per row: start of the cumulative (or delta) window, Unix ns. */
  readonly startTimeUnixNano: BigUint64Array
  /** When all rows were observed, Unix ns. */
  readonly timeUnixNano: bigint
  /**
   * Another one than in the stream's table before: all rows began anew, nothing of earlier tables is in them, and times may be earlier
   * than theirs. Absent: 0.
   */
  readonly epoch?: number
  /** Per row 1: the series has ended (OTLP NoRecordedValue, Prometheus stale marker), its values are the last ones. Absent: none has. */
  readonly ended?: Uint8Array
  readonly metrics: readonly MetricColumn[]
}

/** Whether nothing in the table counts: all is of its moment. */
export function isOfGauges({ metrics }: Pick<MetricTable, 'metrics'>): boolean {
  return metrics.every(({ type }) => type === 'gauge')
}

export interface MetricsBatch {
  readonly resources: readonly Resource[]
  readonly tables: readonly MetricTable[]
}
