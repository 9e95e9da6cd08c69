/** Whole numbers in a column of few bits; the few that are too large for it lie beside it. */

import { free } from '../free.ts'

type Narrow = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** An entry of a Map of numbers takes about this much. */
const WIDE_BYTES = 48

export class CompactCounts {
  #narrow: Narrow
  readonly #mark: number
  readonly #wide = new Map<number, number>()

  constructor(bits: 16 | 32, capacity: number) {
    this.#narrow = bits === 16 ? new Uint16Array(capacity) : new Uint32Array(capacity)
    this.#mark = 2 ** bits - 1
  }

  get bytes(): number {
    return this.#narrow.byteLength + this.#wide.size * WIDE_BYTES
  }

  get(i: number): number {
    const value = this.#narrow[i]!
    return value === this.#mark ? this.#wide.get(i)! : value
  }

  /** To be called once for each place. */
  set(i: number, value: number): void {
    if (i >= this.#narrow.length) this.resize(Math.max(16, 2 * this.#narrow.length))
    if (value >= this.#mark) this.#wide.set(i, value)
    this.#narrow[i] = Math.min(value, this.#mark)
  }

  resize(length: number): void {
    const bytes = length * this.#narrow.BYTES_PER_ELEMENT
    const memory = this.#narrow.buffer.transfer(bytes)
    this.#narrow = this.#mark === 0xffff ? new Uint16Array(memory) : new Uint32Array(memory)
  }
  /** Gives its memory back: nobody may read it any more. */
  free(): void {
    free([this.#narrow])
    this.#wide.clear()
  }
}
