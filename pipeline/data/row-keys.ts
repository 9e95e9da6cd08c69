/** Rows compared by their attributes, through dictionary codes: no string is built or hashed per row. */
import type { AttributeValue } from './attributes.ts'
import { DROPPED } from './merge-part.ts'
import type { AttributeColumn, Codes, MetricTable } from './metrics.ts'

/** One number per row and key, row by row; two rows are the same series when all their keys are equal. */
export type RowKeys = readonly Uint32Array[]

/** `codes` looked up in `ids`, into `out`. */
export function translateCodes(codes: Codes, ids: Uint32Array, out: Uint32Array): Uint32Array {
  for (let row = 0; row < codes.length; row++) out[row] = ids[codes[row]!]!
  return out
}

/**
 * A 32-bit hash of each row's keys. A key of 0 adds nothing, so that a column of zeros more or less does not change it:
 * the sum of key × odd constant to the power of its column, then the finalizer of MurmurHash3 (public domain, Austin
 * Appleby).
 */
export function hashRows(keys: RowKeys, rows: number): Uint32Array {
  const hashes = new Uint32Array(rows)
  let factor = 1
  for (const column of keys) {
    factor = Math.imul(factor, 0x9e37_79b1)
    for (let row = 0; row < rows; row++) hashes[row] = hashes[row]! + Math.imul(column[row]!, factor)
  }
  for (let row = 0; row < rows; row++) {
    let h = hashes[row]!
    h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
    hashes[row] = h ^ (h >>> 16)
  }
  return hashes
}

/** True when row `a` of `left` and row `b` of `right` have the same keys. */
export function equalKeys(left: RowKeys, a: number, right: RowKeys, b: number): boolean {
  for (let c = 0; c < left.length; c++) if (left[c]![a] !== right[c]![b]) return false
  return true
}

/** Which rows are alike: row r belongs to group `group[r]`, whose first row is `first[group]`. Groups in order of first row. */
interface RowGroups {
  readonly group: Uint32Array
  readonly first: Uint32Array
}

/** Groups the rows that have the same resource and the same attributes. */
export function groupRows(table: MetricTable): RowGroups {
  return groupKeys([table.resource, ...table.attributes.map(toKeys)], table.rows)
}

/** Groups the rows that have the same keys. A row whose first key is DROPPED has DROPPED for a group. */
export function groupKeys(keys: RowKeys, rows: number): RowGroups {
  const hashes = hashRows(keys, rows)
  const mask = 2 ** Math.ceil(Math.log2(2 * rows + 1)) - 1
  const slots = new Uint32Array(mask + 1) // group + 1, 0 when free; open addressing, at most half full
  const group = new Uint32Array(rows)
  const first = new Uint32Array(rows)
  let groups = 0
  for (let row = 0; row < rows; row++) {
    if (keys[0]![row] === DROPPED) {
      group[row] = DROPPED
      continue
    }
    let slot = hashes[row]! & mask
    while (slots[slot] !== 0 && !equalKeys(keys, row, keys, first[slots[slot]! - 1]!))
      slot = (slot + 1) & mask
    if (slots[slot] === 0) {
      first[groups] = row
      slots[slot] = ++groups
    }
    group[row] = slots[slot]! - 1
  }
  return { group, first: first.slice(0, groups) }
}

/** Codes of equal values made equal: a dictionary may hold a value twice. */
function toKeys({ values, codes }: AttributeColumn): Uint32Array {
  const codeOf = new Map<AttributeValue | undefined, number>()
  const ids = Uint32Array.from(values, (value, code) => {
    const known = codeOf.get(value)
    if (known === undefined) codeOf.set(value, code)
    return known ?? code
  })
  return translateCodes(codes, ids, new Uint32Array(codes.length))
}
