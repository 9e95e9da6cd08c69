import type { AttributeColumn, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'
import type { Selection } from './selection.ts'

interface Filter {
  /** Only these points stay. Absent: all. */
  readonly include: Selection | undefined
  /** Points to drop from the included ones. Absent: none. */
  readonly exclude: Selection | undefined
}

/** The rows that pass; the table itself when all do. `calls` is its column of call names. */
export function filterTable(
  table: MetricTable,
  calls: AttributeColumn,
  resources: readonly Resource[],
  { include, exclude }: Filter,
): MetricTable {
  const isKept = new Uint8Array(table.rows).fill(1)
  for (const selection of [include, exclude]) {
    if (!selection) continue
    const hasCall = calls.values.map(name => selection.hasCall(typeof name === 'string' ? name : undefined))
    const hasSource = resources.map(resource => selection.hasSource(resource.attributes))
    for (let row = 0; row < table.rows; row++) {
      const isSelected = hasCall[calls.codes[row]!]! && hasSource[table.resource[row]!]!
      if (isSelected === (selection === exclude)) isKept[row] = 0
    }
  }
  return filterRows(table, isKept)
}
