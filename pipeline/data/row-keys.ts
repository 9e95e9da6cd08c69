/** Rows compared by their attributes, through dictionary codes: no string is built or hashed per row. */
import type { Codes } from './metrics.ts'

/** One number per row and key, row by row; two rows are the same series when all their keys are equal. */
export type RowKeys = readonly Uint32Array[]

/** `codes` looked up in `ids`, into `out`. */
export function translateCodes(codes: Codes, ids: Uint32Array, out: Uint32Array): Uint32Array {
  for (let row = 0; row < codes.length; row++) out[row] = ids[codes[row]!]!
  return out
}

/**
 * A 32-bit hash of a row's keys. A key of 0 adds nothing, so that a column of zeros more or less does not change it:
 * the sum of key × odd constant to the power of its column, then the finalizer of MurmurHash3 (public domain, Austin
 * Appleby).
 */
export function hashRow(keys: RowKeys, row: number): number {
  let factor = 1
  let h = 0
  for (let c = 0; c < keys.length; c++) {
    factor = Math.imul(factor, 0x9e37_79b1)
    h = (h + Math.imul(keys[c]![row]!, factor)) | 0
  }
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** True when row `a` of `left` and row `b` of `right` have the same keys. */
export function equalKeys(left: RowKeys, a: number, right: RowKeys, b: number): boolean {
  for (let c = 0; c < left.length; c++) if (left[c]![a] !== right[c]![b]) return false
  return true
}
