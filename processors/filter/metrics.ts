import { metricShape } from '../../ottl/metric-shape.ts'
import { readsMetric, splitMetrics } from '../../ottl/metrics.ts'
import { markRows } from '../../ottl/select.ts'
import type { WatchedCondition } from '../../ottl/steps.ts'
import { Departures } from '../../pipeline/data/departures.ts'
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
  /** Where a condition is about values: series that it drops end. */
  readonly #departures: Departures | undefined

  constructor(conditions: readonly WatchedCondition[]) {
    const isOfMetric = ({ condition }: WatchedCondition) => readsMetric(condition)
    const isOfMetricOnly = ({ condition: { reads } }: WatchedCondition) =>
      [...reads].every(source => source === 'metric' || source === 'table')
    this.#ofRows = conditions.filter(one => !isOfMetric(one))
    this.#ofMetrics = conditions.filter(one => isOfMetric(one) && isOfMetricOnly(one))
    this.#ofBoth = conditions.filter(one => isOfMetric(one) && !isOfMetricOnly(one))
    const isOfValues = this.#ofBoth.some(({ condition }) => condition.reads.has('row'))
    this.#departures = isOfValues ? new Departures() : undefined
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
    if (this.#ofBoth.length === 0) return [kept]
    const departures = this.#departures
    return splitMetrics(kept).map(one =>
      departures
        ? departures.select(one, resources, keptBy(one, resources, this.#ofBoth))
        : filterBy(one, resources, this.#ofBoth),
    )
  }
}

function filterBy(
  table: MetricTable,
  resources: readonly Resource[],
  conditions: readonly WatchedCondition[],
): MetricTable {
  const isKept = keptBy(table, resources, conditions)
  return isKept.includes(0) ? filterRows(table, isKept) : table
}

/** Per row 1 where no condition is true. */
function keptBy(
  table: MetricTable,
  resources: readonly Resource[],
  conditions: readonly WatchedCondition[],
): Uint8Array {
  const hit = new Uint8Array(table.rows)
  const shape = metricShape({ table, resources }, table.metrics[0])
  const hits = conditions.filter(({ condition, onError }) => markRows(shape, condition, hit, onError))
  if (hits.length === 0) return hit.fill(1)
  for (let row = 0; row < table.rows; row++) hit[row] = 1 - hit[row]!
  return hit
}
