/** Tables made of some rows of another. */
import type { AttributeValue } from './attributes.ts'
import type { Coded, Codes } from './columns.ts'
import type { Measurements } from './merge-part.ts'
import type { AttributeColumn, MetricsBatch, MetricTable } from './metrics.ts'
import { pickRows } from './pick-rows.ts'

/** Zeroed codes for `rows` rows of a dictionary of `size` values, as narrow as can be. */
export function createCodes(size: number, rows: number): Codes {
  if (size <= 0x100) return new Uint8Array(rows)
  return size <= 0x1_0000 ? new Uint16Array(rows) : new Uint32Array(rows)
}

/** `values[indexes[i]]` as element i. */
function lookUp(values: Uint32Array, indexes: Uint32Array): Uint32Array {
  const found = new Uint32Array(indexes.length)
  for (let i = 0; i < indexes.length; i++) found[i] = values[indexes[i]!]!
  return found
}

/** The column with row `rows[i]` as its row i. Shares the dictionary. */
export function selectCodes<C extends Coded<unknown>>(column: C, rows: Uint32Array): C {
  const codes = createCodes(column.values.length, rows.length)
  for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i]!]!
  return { ...column, codes }
}

/** The column whose row i has `values[ids[rows[i]]]`. Its dictionary holds what these rows have. */
export function selectValues(
  key: string,
  values: readonly (AttributeValue | undefined)[],
  ids: Uint32Array,
  rows: Uint32Array,
): AttributeColumn {
  const code = new Int32Array(values.length).fill(-1)
  const used: (AttributeValue | undefined)[] = []
  for (const row of rows) if (code[ids[row]!] === -1) code[ids[row]!] = used.push(values[ids[row]!]) - 1
  const codes = createCodes(used.length, rows.length)
  for (let i = 0; i < rows.length; i++) codes[i] = code[ids[rows[i]!]!]!
  return { key, values: used, codes }
}

/** A table of `measurements`, whose row i has the resource and the attributes that row `rows[i]` of `table` has. */
export function withMeasurements(
  table: MetricTable,
  rows: Uint32Array,
  measurements: Measurements,
): MetricTable {
  const { ended: _, ...rest } = table
  return {
    ...rest,
    ...measurements,
    resource: lookUp(table.resource, rows),
    attributes: table.attributes.map(column => selectCodes(column, rows)),
  }
}

/** The rows with `isKept[row]` not 0, in their order; the table itself when that is all of them. */
export function filterRows(table: MetricTable, isKept: Uint8Array): MetricTable {
  const kept = new Uint32Array(table.rows)
  let count = 0
  for (let row = 0; row < table.rows; row++) if (isKept[row]) kept[count++] = row
  if (count === table.rows) return table
  const rows = kept.subarray(0, count)
  return withMeasurements(table, rows, pickRows(table, rows))
}

/** The table without the attributes of these keys; itself when it has none of them. Rows may then be alike. */
export function dropAttributes(table: MetricTable, keys: ReadonlySet<string>): MetricTable {
  const attributes = table.attributes.filter(column => !keys.has(column.key))
  return attributes.length === table.attributes.length ? table : { ...table, attributes }
}

/** The batch without tables that have no rows and resources that no row has; the batch itself when there are none. */
export function compactBatch(batch: MetricsBatch): MetricsBatch {
  const tables = batch.tables.filter(table => table.rows > 0)
  const isUsed = new Uint8Array(batch.resources.length)
  for (const { resource } of tables)
    for (let row = 0; row < resource.length; row++) isUsed[resource[row]!] = 1
  const resources = batch.resources.filter((_, i) => isUsed[i])
  if (resources.length === batch.resources.length) {
    return tables.length === batch.tables.length ? batch : { ...batch, tables }
  }
  let next = 0
  const renumbered = Uint32Array.from(isUsed, used => (used ? next++ : 0))
  return {
    resources,
    tables: tables.map(table => ({ ...table, resource: lookUp(renumbered, table.resource) })),
  }
}
