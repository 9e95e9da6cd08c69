/** Tables with other attributes. Their rows may then be alike. */
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import { Dictionary } from '../../pipeline/data/dictionary.ts'
import type { AttributeColumn, MetricTable } from '../../pipeline/data/metrics.ts'
import { createCodes } from '../../pipeline/data/select-rows.ts'

type Value = AttributeValue | undefined

/** The table whose attribute `key` is `make(row, old)`; without the attribute when no row has it. */
export function withLabel(
  table: MetricTable,
  key: string,
  make: (row: number, old: Value) => Value,
): MetricTable {
  const old = columnOf(table, key)
  const dictionary = new Dictionary<Value>()
  const wide = new Uint32Array(table.rows)
  for (let row = 0; row < table.rows; row++)
    wide[row] = dictionary.code(make(row, old?.values[old.codes[row]!]))
  const codes = createCodes(dictionary.keys.length, table.rows)
  codes.set(wide)
  const made: AttributeColumn = { key, values: dictionary.keys, codes }
  const others = table.attributes.filter(column => column !== old)
  const isThere = dictionary.keys.some(value => value !== undefined)
  return { ...table, attributes: isThere ? [...others, made] : others }
}

export function columnOf(table: MetricTable, key: string): AttributeColumn | undefined {
  return table.attributes.find(column => column.key === key)
}

/** The value as the Collector compares it: what is not a text is an empty one. */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : ''
}
