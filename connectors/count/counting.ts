/** The tallies of a batch of each signal. */
import { logShape } from '../../ottl/log-shape.ts'
import { metricShape } from '../../ottl/metric-shape.ts'
import { spanShape } from '../../ottl/span-shape.ts'
import { pointsIn } from '../../pipeline/data/items.ts'
import type { LogsBatch } from '../../pipeline/data/logs.ts'
import type { MetricColumn, MetricsBatch } from '../../pipeline/data/metrics.ts'
import type { TracesBatch } from '../../pipeline/data/traces.ts'
import type { Definitions } from './definitions.ts'
import { type Tally, tallyRows } from './tally.ts'

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
  const ofMetric = (table: MetricsBatch['tables'][number], metric: MetricColumn) => {
    const shape = metricShape({ table, resources }, metric)
    const isPoint = pointsIn(metric, table.rows)
    return [
      ...metrics.flatMap(one => tallyRows(shape, one, isPoint).map(tally => ({ ...tally, items: 1 }))),
      ...datapoints.flatMap(one => tallyRows(shape, one, isPoint)),
    ]
  }
  return tables.flatMap(table => table.metrics.flatMap(metric => ofMetric(table, metric)))
}
