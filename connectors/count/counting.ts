/** The tallies of a batch of each signal. */
import { logShape } from '../../ottl/log-shape.ts'
import { metricShape } from '../../ottl/metric-shape.ts'
import { spanShape } from '../../ottl/span-shape.ts'
import { pointsIn } from '../../pipeline/data/items.ts'
import type { LogsBatch } from '../../pipeline/data/logs.ts'
import type { MetricColumn, MetricsBatch } from '../../pipeline/data/metrics.ts'
import type { TracesBatch } from '../../pipeline/data/traces.ts'
import type { Definition, Definitions } from './definitions.ts'
import { groupsOf, type Tally, tallyRows } from './tally.ts'

export function countSpans({ tables, resources }: TracesBatch, { spans }: Definitions): Tally[] {
  return tables.flatMap(table => {
    const shape = spanShape(table, resources)
    return spans.flatMap(definition => tallyRows(shape, definition))
  })
}

export function countLogs({ tables, resources }: LogsBatch, { logs }: Definitions): Tally[] {
  return tables.flatMap(table => {
    const shape = logShape(table, resources)
    return logs.flatMap(definition => tallyRows(shape, definition))
  })
}

/** Points, and metrics: one of a resource that has points of it is one. */
export function countMetrics(
  { tables, resources }: MetricsBatch,
  { datapoints, metrics }: Definitions,
): Tally[] {
  return tables.flatMap(table => {
    const shapeOf = (metric: MetricColumn | undefined) => metricShape({ table, resources }, metric)
    const grouped = [...metrics, ...datapoints].map(one => groupsOf(shapeOf(table.metrics[0]), one))
    return table.metrics.flatMap(metric => {
      const isItem = pointsIn(metric, table.rows)
      const tally = (definition: Definition, i: number) =>
        tallyRows(shapeOf(metric), definition, { isItem, groups: grouped[i]! })
      return [
        ...metrics.flatMap((one, i) => tally(one, i).map(found => ({ ...found, items: 1 }))),
        ...datapoints.flatMap((one, i) => tally(one, metrics.length + i)),
      ]
    })
  })
}
