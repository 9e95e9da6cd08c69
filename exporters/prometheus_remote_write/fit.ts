/** What of a batch can be sent. */
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricColumn, MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import { Block } from '../shared/prometheus/block.ts'
import { findLeftOut } from '../shared/prometheus/exposition.ts'
import type { Problem } from '../shared/prometheus/family.ts'
import type { LabelOptions } from '../shared/prometheus/label-options.ts'

/** Points that cannot be sent, and why. `out_of_order`: they are no later than what was sent of their scope. */
export interface Omitted {
  readonly metric: string
  readonly reason: Problem['reason'] | 'out_of_order'
  readonly points: number
}

/** The batch without what cannot be sent; itself when that is nothing. */
export function selectFit(
  { resources, tables }: MetricsBatch,
  options: LabelOptions,
  isLate: (table: MetricTable) => boolean,
): { readonly batch: MetricsBatch; readonly omitted: readonly Omitted[] } {
  const omitted: Omitted[] = []
  const omit = (table: MetricTable, metric: MetricColumn, reason: Omitted['reason']) => {
    const points = countPoints({ resources, tables: [{ ...table, metrics: [metric] }] })
    omitted.push({ metric: metric.name, reason, points })
  }
  const inTime = tables.filter(table => !isLate(table))
  for (const table of tables)
    if (!inTime.includes(table)) for (const metric of table.metrics) omit(table, metric, 'out_of_order')
  const blocks = new Map(inTime.map(table => [Block.of(resources, table, options), table]))
  const leftOut = new Set<MetricColumn>()
  for (const { block, column, reason } of findLeftOut([...blocks.keys()], options)) {
    leftOut.add(column)
    omit(blocks.get(block)!, column, reason)
  }
  const fit = inTime.map(table => withoutColumns(table, leftOut)).filter(({ metrics }) => metrics.length > 0)
  return { batch: { resources, tables: fit }, omitted }
}

function withoutColumns(table: MetricTable, leftOut: ReadonlySet<MetricColumn>): MetricTable {
  return { ...table, metrics: table.metrics.filter(metric => !leftOut.has(metric)) }
}
