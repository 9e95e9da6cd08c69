/** Tables made of some rows of another. */
import { DROPPED, type Measurements } from './merge-part.ts'
import { mergeRows } from './merge-rows.ts'
import type { AttributeColumn, Codes, MetricsBatch, MetricTable } from './metrics.ts'

/** Zeroed codes for `rows` rows of a dictionary of `size` values, as narrow as can be. */
export function createCodes(size: number, rows: number): Codes {
  if (size <= 0x100) return new Uint8Array(rows)
  return size <= 0x1_0000 ? new Uint16Array(rows) : new Uint32Array(rows)
}

/** The column with row `rows[i]` as its row i. Shares the dictionary. */
export function selectCodes(column: AttributeColumn, rows: Uint32Array): AttributeColumn {
  const codes = createCodes(column.values.length, rows.length)
  for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i]!]!
  return { ...column, codes }
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
    resource: rows.map(row => table.resource[row]!),
    attributes: table.attributes.map(column => selectCodes(column, rows)),
  }
}

/** The rows with `isKept[row]` not 0, in their order; the table itself when that is all of them. */
export function filterRows(table: MetricTable, isKept: Uint8Array): MetricTable {
  const target = new Uint32Array(table.rows).fill(DROPPED)
  const kept = new Uint32Array(table.rows)
  let count = 0
  for (let row = 0; row < table.rows; row++) {
    if (!isKept[row]) continue
    kept[count] = row
    target[row] = count++
  }
  if (count === table.rows) return table
  return withMeasurements(table, kept.subarray(0, count), mergeRows([{ from: table, target }], count))
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
    tables: tables.map(table => ({ ...table, resource: table.resource.map(i => renumbered[i]!) })),
  }
}
