/** Which row of a table was which of the one before. */
import type { MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { equalKeys, hashRow, type RowKeys } from '../../pipeline/data/row-keys.ts'
import { equalElements, toWords } from '../../pipeline/data/u64.ts'
import { free } from '../free.ts'
import { NO_ROW } from './changes.ts'

export interface OwnedTable {
  readonly resources: readonly Resource[]
  readonly table: MetricTable
}

/** Per row of `now` its row in `before`; NO_ROW: it was not there, or began anew since. */
export function matchRows(now: OwnedTable, before: OwnedTable): Int32Array<ArrayBuffer> {
  const { keys, keysBefore } = toComparable(now, before)
  const rows = new Int32Array(now.table.rows).fill(NO_ROW)
  const starts = toWords(now.table.startTimeUnixNano)
  const startsBefore = toWords(before.table.startTimeUnixNano)
  const last = before.table.rows
  let index: RowIndex | undefined
  // Tables have their rows in much the same order.
  let guess = 0
  for (let row = 0; row < rows.length; row++) {
    let found = guess < last && equalKeys(keys, row, keysBefore, guess) ? guess : NO_ROW
    if (found === NO_ROW) {
      index ??= new RowIndex(keysBefore, last)
      found = index.find(keys, row)
    }
    if (found === NO_ROW) continue
    guess = found + 1
    if (equalElements(starts, row, startsBefore, found)) rows[row] = found
  }
  free([...keys, ...keysBefore, ...(index?.arrays ?? [])])
  return rows
}

/** The resource and the attributes of each row, as numbers that mean the same in both tables. */
function toComparable(now: OwnedTable, before: OwnedTable) {
  const names = new Set([...now.table.attributes, ...before.table.attributes].map(({ key }) => key))
  const keys: Uint32Array<ArrayBuffer>[] = []
  const keysBefore: Uint32Array<ArrayBuffer>[] = []
  const add = (
    ids: Map<unknown, number>,
    from: OwnedTable,
    key: string | undefined,
    to: Uint32Array<ArrayBuffer>[],
  ) => {
    const column = from.table.attributes.find(attribute => attribute.key === key)
    const values = key === undefined ? from.resources.map(({ id }) => id) : (column?.values ?? [])
    const codes = key === undefined ? from.table.resource : column?.codes
    const numbers = Uint32Array.from(values, value => {
      if (value === undefined) return 0
      if (!ids.has(value)) ids.set(value, ids.size + 1)
      return ids.get(value)!
    })
    const all = new Uint32Array(from.table.rows)
    if (codes) for (let row = 0; row < all.length; row++) all[row] = numbers[codes[row]!]!
    to.push(all)
  }
  for (const key of [undefined, ...names]) {
    const ids = new Map<unknown, number>()
    add(ids, before, key, keysBefore)
    add(ids, now, key, keys)
  }
  return { keys, keysBefore }
}

/** The rows of a table by a hash of their keys. */
class RowIndex {
  readonly #keys: RowKeys
  readonly #mask: number
  /** Row + 1; 0 at the end of a chain. */
  readonly #heads: Uint32Array<ArrayBuffer>
  readonly #next: Uint32Array<ArrayBuffer>

  constructor(keys: RowKeys, rows: number) {
    this.#keys = keys
    this.#mask = 2 ** Math.ceil(Math.log2(Math.max(2, rows))) - 1
    this.#heads = new Uint32Array(this.#mask + 1)
    this.#next = new Uint32Array(rows)
    for (let row = 0; row < rows; row++) {
      const bucket = hashRow(keys, row) & this.#mask
      this.#next[row] = this.#heads[bucket]!
      this.#heads[bucket] = row + 1
    }
  }

  get arrays() {
    return [this.#heads, this.#next]
  }

  find(keys: RowKeys, row: number): number {
    let at = this.#heads[hashRow(keys, row) & this.#mask]!
    while (at !== 0 && !equalKeys(keys, row, this.#keys, at - 1)) at = this.#next[at - 1]!
    return at === 0 ? NO_ROW : at - 1
  }
}
