/** Tables of one stream as one. */
import { Dictionary } from './dictionary.ts'
import { mergeRows } from './merge-rows.ts'
import type { AttributeColumn, MetricTable } from './metrics.ts'
import { createCodes } from './select-rows.ts'

/**
 * The rows of all tables, one table after the other; rows may then be alike. There is at least one table, and all are of the same batch
 * and have the same stream key. What names and describes the metrics is that of the first.
 */
export function joinTables(tables: readonly MetricTable[]): MetricTable {
  const [first] = tables as readonly [MetricTable, ...MetricTable[]]
  if (tables.length === 1) return first
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const keys = new Set(tables.flatMap(({ attributes }) => attributes.map(({ key }) => key)))
  let next = 0
  const parts = tables.map(from => ({ from, target: Uint32Array.from({ length: from.rows }, () => next++) }))
  const resource = new Uint32Array(rows)
  for (const { from, target } of parts) if (target.length > 0) resource.set(from.resource, target[0])
  const epoch = Math.max(...tables.map(table => table.epoch ?? 0))
  return {
    scope: first.scope,
    ...mergeRows(parts, rows),
    resource,
    attributes: Array.from(keys, key => joinColumns(key, tables, rows)),
    timeUnixNano: tables.reduce((latest, { timeUnixNano: at }) => (at > latest ? at : latest), 0n),
    ...(epoch > 0 && { epoch }),
  }
}

function joinColumns(key: string, tables: readonly MetricTable[], rows: number): AttributeColumn {
  const dictionary = new Dictionary<AttributeColumn['values'][number]>()
  const joined = new Uint32Array(rows)
  let next = 0
  for (const table of tables) {
    const column = table.attributes.find(one => one.key === key)
    const codes = column?.values.map(value => dictionary.code(value))
    const none = column ? 0 : dictionary.code(undefined)
    for (let row = 0; row < table.rows; row++) joined[next++] = codes ? codes[column!.codes[row]!]! : none
  }
  const codes = createCodes(dictionary.keys.length, rows)
  codes.set(joined)
  return { key, values: dictionary.keys, codes }
}
