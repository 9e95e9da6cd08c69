import type { TextColumn } from './columns.ts'

const encoder = new TextEncoder()

const PIECE = 16_384

/** UTF-8 takes at most three bytes for each UTF-16 unit of a string. */
const MOST_BYTES_PER_UNIT = 3

/** Makes a text column, row after row, in two arrays that grow. Used again after `take`. */
export class TextBuilder {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0
  /** Entry r + 1 is where row r ends; entry 0 stays 0. */
  #first: Uint32Array<ArrayBuffer>
  #rows = 0
  /** Rows that are not among the bytes yet, one behind the other. */
  #pending = ''

  /** Both are what it begins with, not limits. */
  constructor(rows = 1024, bytes = 64 * rows) {
    this.#bytes = new Uint8Array(bytes)
    this.#first = new Uint32Array(rows + 1)
  }

  get rows(): number {
    return this.#rows
  }

  /** The next row is this text. A surrogate without its other half becomes U+FFFD. */
  add(text: string): void {
    this.#flush()
    this.#reserve(text.length * MOST_BYTES_PER_UNIT)
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written
    this.#endRow()
  }

  /**
   * The next row is this text, of which every character is ASCII. Made to bytes together with others: several times as fast as
   * `add` for short ones.
   */
  addAscii(text: string): void {
    this.#pending += text
    this.#length += text.length
    this.#endRow()
    if (this.#pending.length >= PIECE) this.#flush()
  }

  /** The rows so far, copied; the next `add` begins a new column. */
  take(): TextColumn {
    this.#flush()
    const column = {
      bytes: this.#bytes.slice(0, this.#length),
      first: this.#first.slice(0, this.#rows + 1),
    }
    this.#length = 0
    this.#rows = 0
    return column
  }

  #flush(): void {
    const { length } = this.#pending
    if (length === 0) return
    this.#length -= length
    this.#reserve(length)
    encoder.encodeInto(this.#pending, this.#bytes.subarray(this.#length))
    this.#length += length
    this.#pending = ''
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const length = Math.max(needed, 2 * this.#bytes.length)
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(length))
  }

  #endRow(): void {
    if (this.#rows + 1 === this.#first.length)
      this.#first = new Uint32Array(this.#first.buffer.transfer(2 * this.#first.byteLength))
    this.#first[++this.#rows] = this.#length
  }
}
