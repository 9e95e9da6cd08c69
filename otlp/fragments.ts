/** Bytes that many rows of a table share, made once: dictionary values, and combinations of them. */
import type { Codes } from '../pipeline/data/columns.ts'

/** Bytes to copy from. */
export interface Source {
  readonly bytes: Uint8Array
  /** The same memory. */
  readonly view: DataView
}

/** One column in the bytes of some format: row r is `bytes[bounds[codes[r]]..bounds[codes[r] + 1])`. */
export interface Fragments extends Source {
  readonly codes: Uint32Array
  /** One more than there are codes, ascending. Equal neighbours: nothing is to be written. */
  readonly bounds: Uint32Array
  /** Length of the longest. */
  readonly longest: number
}

/** Before the first and after the last fragment: writers copy eight bytes at a time, from either end. */
export const PADDING = 8

/** More pairs than this are not looked at. */
const MOST_PAIRS = 2 ** 16
/** Combinations must stay in the processor's cache: fetching one from memory costs more than copying two. */
const MOST_BYTES = 2 ** 16
/** A combination is worth making if it comes this often. */
const USES = 4

export function toSource(bytes: Uint8Array): Source {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
}

/** Returns the column whose code c has the bytes `encoded[c]`. */
export function toFragments(codes: Codes, encoded: readonly Uint8Array[]): Fragments {
  return joinFragments(
    codes,
    encoded.map(bytes => [bytes]),
  )
}

/** Returns the column whose code c has the bytes of `parts[c]`, one part behind the other. */
export function joinFragments(codes: Codes, parts: readonly (readonly Uint8Array[])[]): Fragments {
  const bounds = new Uint32Array(parts.length + 1)
  bounds[0] = PADDING
  let longest = 0
  for (let code = 0; code < parts.length; code++) {
    let length = 0
    for (const part of parts[code]!) length += part.length
    bounds[code + 1] = bounds[code]! + length
    longest = Math.max(longest, length)
  }
  const all = new Uint8Array(bounds[parts.length]! + PADDING)
  let at = PADDING
  for (const those of parts)
    for (const part of those) {
      all.set(part, at)
      at += part.length
    }
  const wide = codes instanceof Uint32Array ? codes : new Uint32Array(codes)
  return { ...toSource(all), codes: wide, bounds, longest }
}

/** Returns a column of one code, for bytes that are the same for all rows. */
export function constantFragments(bytes: Uint8Array): Fragments {
  return toFragments(new Uint8Array(1), [bytes])
}

/**
 * As few columns as make sense, with the same bytes for each row, but for their order: columns whose values mostly come
 * together, such as number, name and class of a system call, become one.
 */
export function mergeFragments(columns: readonly Fragments[], rows: number): Fragments[] {
  const merged: Fragments[] = []
  for (const column of columns) {
    let both: Fragments | undefined
    let i = 0
    for (; i < merged.length && !both; i++) both = mergeTwo(merged[i]!, column, rows)
    if (both) merged[i - 1] = both
    else merged.push(column)
  }
  return merged
}

/** One column in the place of two; undefined if it would have too many codes to be worth it. */
function mergeTwo(a: Fragments, b: Fragments, rows: number): Fragments | undefined {
  const [sizeA, sizeB] = [a.bounds.length - 1, b.bounds.length - 1]
  if (a.codes === b.codes) {
    const both = Array.from({ length: sizeA }, (_, code) => [fragment(a, code), fragment(b, code)])
    return joinFragments(a.codes, both)
  }
  if (sizeA * sizeB > MOST_PAIRS) return undefined
  const codes = new Uint32Array(rows)
  const ids = new Uint32Array(sizeA * sizeB) // code + 1 of a pair, 0 if it has none yet
  const most = Math.min(rows / USES, MOST_BYTES / (a.longest + b.longest + 1))
  const pairs: number[] = []
  for (let row = 0; row < rows; row++) {
    const pair = a.codes[row]! * sizeB + b.codes[row]!
    if (ids[pair] === 0) {
      if (pairs.length >= most) return undefined
      ids[pair] = pairs.push(pair)
    }
    codes[row] = ids[pair]! - 1
  }
  const both = pairs.map(pair => [fragment(a, Math.floor(pair / sizeB)), fragment(b, pair % sizeB)])
  return joinFragments(codes, both)
}

function fragment({ bytes, bounds }: Fragments, code: number): Uint8Array {
  return bytes.subarray(bounds[code], bounds[code + 1])
}
