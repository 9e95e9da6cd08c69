/** What a stretch of time added, as columns: a row for each source and kind of call that made any, ascending by key. */
import { free } from '../free.ts'
import type { CompactCounts } from './compact-counts.ts'

/** Durations are told apart by powers of two of a second: 2^LOWEST_EXPONENT is 0.2 ns. */
export const LOWEST_EXPONENT = -32
export const EXPONENTS = 64

/** Rows in ascending order of their keys. Several may have the same. */
export interface Rows {
  readonly length: number
  /** Number of the source × 2^16 + number of the kind of call. */
  key(row: number): number
  calls(row: number): number
  /** ns */
  time(row: number): number
  /** Adds the calls of the row by their exponents: `into[e - LOWEST_EXPONENT]` is those that took up to 2^(e + 1) s. */
  addHistogram(row: number, into: Float64Array, at: number): void
  /** No slot below is added to; EXPONENTS without any calls that were timed. */
  lowestSlot(row: number): number
  /** No slot above is added to; -1 without any calls that were timed. */
  highestSlot(row: number): number
}

/** The slot for a bucket of an exponential histogram of scale 0. */
export function slotOf(exponent: number): number {
  return Math.min(Math.max(exponent - LOWEST_EXPONENT, 0), EXPONENTS - 1)
}

export class Segment implements Rows {
  /** Milliseconds of a clock that never goes back. */
  readonly startMs: number
  readonly endMs: number
  /** Rows were there before; each key once. */
  readonly #keys: Uint32Array<ArrayBuffer>
  readonly #calls: CompactCounts
  readonly #time: Float64Array<ArrayBuffer>
  /** Row r has the buckets `first[r]` up to but not including `first[r + 1]`. */
  readonly #first: Uint32Array<ArrayBuffer>
  readonly #exponents: Uint8Array<ArrayBuffer>
  readonly #counts: CompactCounts
  /** The numbers that keys have, ascending. */
  readonly sources: Uint16Array
  readonly kinds: Uint16Array
  /** The rows of source i are `rowsOf[i]` up to but not including `rowsOf[i + 1]`. */
  readonly rowsOf: Uint32Array

  constructor({ startMs, endMs }: { startMs: number; endMs: number }, columns: Columns) {
    this.startMs = startMs
    this.endMs = endMs
    this.#keys = columns.keys
    this.#calls = columns.calls
    this.#time = columns.time
    this.#first = columns.first
    this.#exponents = columns.exponents
    this.#counts = columns.counts
    this.sources = distinct(this.#keys, key => key >>> 16)
    this.kinds = distinct(this.#keys, key => key & 0xffff)
    this.rowsOf = firstRows(this.#keys, this.sources)
  }

  get length(): number {
    return this.#keys.length
  }

  get spanMs(): number {
    return this.endMs - this.startMs
  }

  get bytes(): number {
    const columns = [
      this.#keys,
      this.#time,
      this.#first,
      this.#exponents,
      this.sources,
      this.kinds,
      this.rowsOf,
    ]
    const plain = columns.reduce((sum, { byteLength }) => sum + byteLength, 0)
    return plain + this.#calls.bytes + this.#counts.bytes
  }

  /** Gives its memory back: nobody may read it any more. */
  free(): void {
    free([this.#keys, this.#time, this.#first, this.#exponents])
    this.#calls.free()
    this.#counts.free()
  }

  key(row: number): number {
    return this.#keys[row]!
  }

  calls(row: number): number {
    return this.#calls.get(row)
  }

  time(row: number): number {
    return this.#time[row]!
  }

  addHistogram(row: number, into: Float64Array, at: number): void {
    for (let b = this.#first[row]!; b < this.#first[row + 1]!; b++)
      into[at + this.#exponents[b]!]! += this.#counts.get(b)
  }

  lowestSlot(row: number): number {
    const from = this.#first[row]!
    return from < this.#first[row + 1]! ? this.#exponents[from]! : EXPONENTS
  }

  highestSlot(row: number): number {
    const to = this.#first[row + 1]!
    return this.#first[row]! < to ? this.#exponents[to - 1]! : -1
  }
}

interface Columns {
  readonly keys: Uint32Array<ArrayBuffer>
  readonly calls: CompactCounts
  readonly time: Float64Array<ArrayBuffer>
  readonly first: Uint32Array<ArrayBuffer>
  readonly exponents: Uint8Array<ArrayBuffer>
  readonly counts: CompactCounts
}

function distinct(keys: Uint32Array, numberOf: (key: number) => number): Uint16Array {
  const isThere = new Uint8Array(0x1_0000)
  let count = 0
  for (const key of keys) {
    const number = numberOf(key)
    if (isThere[number] === 0) count++
    isThere[number] = 1
  }
  const numbers = new Uint16Array(count)
  let at = 0
  for (let number = 0; at < count; number++) if (isThere[number] === 1) numbers[at++] = number
  return numbers
}

function firstRows(keys: Uint32Array, sources: Uint16Array): Uint32Array {
  const first = new Uint32Array(sources.length + 1)
  let at = 0
  for (let row = 0; at < sources.length; row++) if (keys[row]! >>> 16 === sources[at]) first[at++] = row
  first[at] = keys.length
  return first
}
