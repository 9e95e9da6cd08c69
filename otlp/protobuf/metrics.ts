/** The metrics of one table. Field numbers: opentelemetry-proto 1.x, metrics/v1/metrics.proto. */
import type { MetricColumn, MetricTable } from '../../pipeline/data/metrics.ts'
import { writeString } from './attributes.ts'
import { PointWriter, type WritePoint } from './points.ts'
import type { ProtoWriter } from './proto-writer.ts'
import type { RowsWriter } from './rows.ts'

/** Metric.gauge, Metric.sum, Metric.exponential_histogram. */
const DATA_TAG = { gauge: 0x2a, sum: 0x3a, exponential_histogram: 0x52 } as const
/** AggregationTemporality */
const TEMPORALITY = { delta: 1, cumulative: 2 } as const

/** Writes each metric of the table with the points of some rows; no metric without points. */
export class MetricsWriter implements RowsWriter {
  readonly itemsPerRow: number
  readonly isByResource = true
  readonly #w: ProtoWriter
  readonly #metrics: readonly MetricColumn[]
  readonly #writePoint: readonly WritePoint[]

  constructor(w: ProtoWriter, table: MetricTable) {
    this.#w = w
    this.#metrics = table.metrics
    this.itemsPerRow = table.metrics.length
    const points = new PointWriter(w, table)
    this.#writePoint = table.metrics.map(metric => points.of(metric))
  }

  write(order: Uint32Array, from: number, to: number): number {
    let points = 0
    for (let i = this.#metrics.length - 1; i >= 0; i--) points += this.#metric(i, order, { from, to })
    return points
  }

  #metric(i: number, order: Uint32Array, { from, to }: { from: number; to: number }): number {
    const w = this.#w
    const metric = this.#metrics[i]!
    const writePoint = this.#writePoint[i]!
    const mark = w.length
    w.reserve(16)
    writeAggregation(w, metric)
    let points = 0
    for (let at = to - 1; at >= from; at--) if (writePoint(order[at]!)) points++
    if (points === 0) {
      w.rewind(mark)
      return 0
    }
    w.reserve(16)
    w.prefix(DATA_TAG[metric.type], mark)
    if (metric.unit) writeString(w, 0x1a, metric.unit)
    if (metric.description) writeString(w, 0x12, metric.description)
    writeString(w, 0x0a, metric.name)
    w.prefix(0x12, mark) // ScopeMetrics.metrics
    return points
  }
}

/** aggregation_temporality and is_monotonic. */
function writeAggregation(w: ProtoWriter, metric: MetricColumn): void {
  if (metric.type === 'gauge') return
  if (metric.type === 'sum' && metric.monotonic) {
    w.byte(1)
    w.byte(0x18)
  }
  w.byte(TEMPORALITY[metric.temporality])
  w.byte(0x10)
}
