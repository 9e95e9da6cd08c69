/** Exponential histograms as OTLP's `Histogram`, whose bounds are the same for all points. */
import { ClassicBuckets } from '../pipeline/data/classic-buckets.ts'
import type { ExponentialHistogramColumn, MetricColumn } from '../pipeline/data/metrics.ts'
import { HistogramRows } from './histogram-rows.ts'

export interface ClassicHistogramColumn extends Omit<ExponentialHistogramColumn, 'type'> {
  readonly type: 'classic_histogram'
  /** Exponents e of the bounds 2^e, ascending. */
  readonly exponents: readonly number[]
}

/** A metric in the form in which it is sent. */
export type SentMetric = MetricColumn | ClassicHistogramColumn

/** Returns a histogram as one with bounds, if there are any, and all else as it is. */
export function toSent(metric: MetricColumn, exponents: readonly number[]): SentMetric {
  if (metric.type !== 'exponential_histogram' || exponents.length === 0) return metric
  return { ...metric, type: 'classic_histogram', exponents }
}

/**
 * An ended row has no value, but bounds, counts and a sum of zero: Prometheus, and the Collector's exporters for it, end the series
 * that such a point names, which are one by each bound, and `_sum` if there is a sum.
 */
export class ClassicRows extends HistogramRows {
  readonly bounds: readonly number[]
  /** Per row. */
  readonly sums: Float64Array
  readonly #buckets: ClassicBuckets
  readonly #ended: Uint8Array | undefined
  readonly #none: Uint32Array

  /** `ended` is that of the table. */
  constructor(metric: ClassicHistogramColumn, ended: Uint8Array | undefined) {
    super(metric)
    this.bounds = metric.exponents.map(exponent => 2 ** exponent)
    this.sums = ended ? metric.sum.map((sum, row) => (ended[row] === 1 ? 0 : sum)) : metric.sum
    this.#buckets = new ClassicBuckets(metric, metric.exponents)
    this.#ended = ended
    this.#none = new Uint32Array(2 * (this.bounds.length + 1))
  }

  /** Returns the number of buckets, which all rows have. */
  override span(): number {
    return this.bounds.length + 1
  }

  /** Returns the counts of a row as ClassicBuckets does. */
  buckets(row: number): Uint32Array {
    return this.#ended?.[row] === 1 ? this.#none : this.#buckets.read(row)
  }
}
