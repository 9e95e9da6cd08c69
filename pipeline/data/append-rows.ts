import type { AttributeValue } from './attributes.ts'
import { mergeRows } from './merge-rows.ts'
import type { AttributeColumn, MetricTable } from './metrics.ts'
import { createCodes } from './select-rows.ts'

/**
 * The rows of `table`, then those of `more`, which has the same metrics (see mergeRows) and numbers its resources as
 * `table` does. An attribute that only one of them has is undefined in the rows of the other.
 */
export function appendRows(table: MetricTable, more: MetricTable): MetricTable {
  const rows = table.rows + more.rows
  const count = (length: number, from: number) => Uint32Array.from({ length }, (_, i) => from + i)
  const resource = new Uint32Array(rows)
  resource.set(table.resource)
  resource.set(more.resource, table.rows)
  const keys = new Set([...table.attributes, ...more.attributes].map(column => column.key))
  return {
    ...table,
    ...mergeRows(
      [
        { from: table, target: count(table.rows, 0) },
        { from: more, target: count(more.rows, table.rows) },
      ],
      rows,
    ),
    resource,
    attributes: [...keys].map(key => appendCodes(key, table, more)),
  }
}

function appendCodes(key: string, table: MetricTable, more: MetricTable): AttributeColumn {
  const parts = [table, more].map(({ rows, attributes }) => ({
    rows,
    column: attributes.find(column => column.key === key),
  }))
  const values: (AttributeValue | undefined)[] = []
  const offsets = parts.map(
    ({ column }) => values.push(...(column?.values ?? [undefined])) - (column?.values.length ?? 1),
  )
  const codes = createCodes(values.length, table.rows + more.rows)
  let row = 0
  parts.forEach(({ rows, column }, part) => {
    for (let r = 0; r < rows; r++) codes[row++] = offsets[part]! + (column?.codes[r] ?? 0)
  })
  return { key, values, codes }
}
