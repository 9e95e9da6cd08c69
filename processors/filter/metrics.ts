import { metricShape } from '../../ottl/metric-shape.ts'
import { readsMetric, splitMetrics } from '../../ottl/metrics.ts'
import { markRows } from '../../ottl/select.ts'
import type { WatchedCondition } from '../../ottl/steps.ts'
import type { MetricsBatch, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { compactBatch, filterRows } from '../../pipeline/data/select-rows.ts'

/**
 * Keeps the points for which no condition is true. Conditions about attributes and resources are asked once for each of their values;
 * one that is about the metric too makes a table of each metric, in every batch, so that tables continue each other.
 */
export class MetricsFilter {
  /** About rows, whatever the metric; about metrics, whatever the row; about both. */
  readonly #ofRows: readonly WatchedCondition[]
  readonly #ofMetrics: readonly WatchedCondition[]
  readonly #ofBoth: readonly WatchedCondition[]

  constructor(conditions: readonly WatchedCondition[]) {
    const isOfMetric = ({ condition }: WatchedCondition) => readsMetric(condition)
    const isOfMetricOnly = ({ condition: { reads } }: WatchedCondition) =>
      [...reads].every(source => source === 'metric' || source === 'table')
    this.#ofRows = conditions.filter(one => !isOfMetric(one))
    this.#ofMetrics = conditions.filter(one => isOfMetric(one) && isOfMetricOnly(one))
    this.#ofBoth = conditions.filter(one => isOfMetric(one) && !isOfMetricOnly(one))
  }

  keep(batch: MetricsBatch): MetricsBatch {
    const tables = batch.tables.flatMap(table =>
      this.#keepRows(this.#keepMetrics(table, batch.resources), batch.resources),
    )
    return compactBatch({ ...batch, tables: tables.filter(table => table.metrics.length > 0) })
  }

  #keepMetrics(table: MetricTable, resources: readonly Resource[]): MetricTable {
    if (this.#ofMetrics.length === 0) return table
    const metrics = table.metrics.filter(metric => {
      const hit = new Uint8Array(table.rows)
      const shape = metricShape({ table, resources }, metric)
      return !this.#ofMetrics.some(({ condition, onError }) => markRows(shape, condition, hit, onError))
    })
    return metrics.length === table.metrics.length ? table : { ...table, metrics }
  }

  #keepRows(table: MetricTable, resources: readonly Resource[]): MetricTable[] {
    const kept = filterBy(table, resources, this.#ofRows)
    return this.#ofBoth.length === 0
      ? [kept]
      : splitMetrics(kept).map(one => filterBy(one, resources, this.#ofBoth))
  }
}

function filterBy(
  table: MetricTable,
  resources: readonly Resource[],
  conditions: readonly WatchedCondition[],
): MetricTable {
  const hit = new Uint8Array(table.rows)
  const shape = metricShape({ table, resources }, table.metrics[0])
  const hits = conditions.filter(({ condition, onError }) => markRows(shape, condition, hit, onError))
  if (hits.length === 0) return table
  const isKept = new Uint8Array(table.rows)
  for (let row = 0; row < table.rows; row++) isKept[row] = 1 - hit[row]!
  return filterRows(table, isKept)
}
