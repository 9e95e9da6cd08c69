/** Taking attributes away, with the rows that become alike added up. */
import { mergeRows } from './merge-rows.ts'
import type { MetricTable } from './metrics.ts'
import { groupRows } from './row-keys.ts'
import { withMeasurements } from './select-rows.ts'

/**
 * The table with one row per resource and attribute set, in order of first appearance, each the sum of its rows as
 * mergeRows adds up; the table itself when all its rows differ.
 */
export function reaggregate(table: MetricTable): MetricTable {
  const { group, first } = groupRows(table)
  if (first.length === table.rows) return table
  return withMeasurements(table, first, mergeRows([{ from: table, target: group }], first.length))
}

/** The table without the attributes of these keys. Rows may then be alike: `reaggregate` adds them up. */
export function dropAttributes(table: MetricTable, keys: ReadonlySet<string>): MetricTable {
  const attributes = table.attributes.filter(column => !keys.has(column.key))
  return attributes.length === table.attributes.length ? table : { ...table, attributes }
}
