/** Tables of different batches compared and added up, whatever dictionaries they have. */
import type { AttributeValue } from './attributes.ts'
import { mergeRows } from './merge-rows.ts'
import type { AttributeColumn, MetricTable } from './metrics.ts'
import { groupKeys, translateCodes } from './row-keys.ts'
import { createCodes } from './select-rows.ts'

/** The half of a table that says whose its rows are. Resources are numbered alike in all tables; DROPPED: the row is not looked at. */
export type Labelled = Pick<MetricTable, 'rows' | 'resource' | 'attributes'>

/** Which series each row is of. An attribute that a table does not have is undefined in its rows. */
export interface Aligned extends Labelled {
  /** By table and row: a row of this, or DROPPED. */
  readonly targets: readonly Uint32Array[]
}

/** One row per resource and attribute set of all tables, in order of first appearance. Dictionaries hold what the rows need. */
export function alignRows(tables: readonly Labelled[]): Aligned {
  const total = tables.reduce((sum, { rows }) => sum + rows, 0)
  const resource = new Uint32Array(total)
  const starts = startRows(tables)
  tables.forEach((table, t) => {
    resource.set(table.resource, starts[t])
  })
  const keys = [...new Set(tables.flatMap(({ attributes }) => attributes.map(({ key }) => key)))]
  const joined = keys.map(key => joinColumn(key, tables, total))
  const { group, first } = groupKeys([resource, ...joined.map(({ ids }) => ids)], total)
  return {
    rows: first.length,
    resource: first.map(row => resource[row]!),
    attributes: joined.map(column => selectValues(column, first)),
    targets: tables.map(({ rows }, t) => group.subarray(starts[t]!, starts[t]! + rows)),
  }
}

/** A table that is added, or whose sums and buckets are taken off (see MergePart). */
export interface Term {
  readonly table: MetricTable
  readonly isSubtracted?: boolean
}

/** One row per series of the terms, added up as mergeRows does. At least one term; all have the same metrics. */
export function sumTables(terms: readonly Term[]): MetricTable {
  const { targets, ...labelled } = alignRows(terms.map(({ table }) => table))
  const parts = terms.map(({ table, isSubtracted = false }, t) => ({
    from: table,
    target: targets[t]!,
    isSubtracted,
  }))
  const { ended: _, ...template } = terms[0]!.table
  return { ...template, ...labelled, ...mergeRows(parts, labelled.rows) }
}

interface Joined {
  readonly key: string
  readonly values: readonly (AttributeValue | undefined)[]
  /** Rows of all tables: indexes of `values`, equal where the values are. */
  readonly ids: Uint32Array
}

function startRows(tables: readonly Labelled[]): number[] {
  let next = 0
  return tables.map(({ rows }) => {
    next += rows
    return next - rows
  })
}

function joinColumn(key: string, tables: readonly Labelled[], total: number): Joined {
  const values: (AttributeValue | undefined)[] = [undefined]
  const known = new Map<AttributeValue | undefined, number>([[undefined, 0]])
  const idOf = (value: AttributeValue | undefined) => {
    const id = known.get(value) ?? values.push(value) - 1
    known.set(value, id)
    return id
  }
  const ids = new Uint32Array(total)
  const starts = startRows(tables)
  tables.forEach(({ rows, attributes }, t) => {
    const column = attributes.find(found => found.key === key)
    const out = ids.subarray(starts[t], starts[t]! + rows)
    if (column) translateCodes(column.codes, Uint32Array.from(column.values, idOf), out)
  })
  return { key, values, ids }
}

function selectValues({ key, values, ids }: Joined, rows: Uint32Array): AttributeColumn {
  const code = new Int32Array(values.length).fill(-1)
  const used: (AttributeValue | undefined)[] = []
  for (const row of rows) if (code[ids[row]!] === -1) code[ids[row]!] = used.push(values[ids[row]!]) - 1
  const codes = createCodes(used.length, rows.length)
  for (let i = 0; i < rows.length; i++) codes[i] = code[ids[rows[i]!]!]!
  return { key, values: used, codes }
}
