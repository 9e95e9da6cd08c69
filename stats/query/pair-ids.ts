/** Numbers from 0 for pairs of numbers, in order of first sight: any pairs, or fast where there are not many possible ones. */

const FIRST_CAPACITY = 1024
const FREE = -1

export class PairIds {
  #size = 0
  /** An open table of ids, at most half full. */
  #table = new Int32Array(2 * FIRST_CAPACITY).fill(FREE)
  #lefts = new Uint32Array(FIRST_CAPACITY)
  #rights = new Uint32Array(FIRST_CAPACITY)

  get size(): number {
    return this.#size
  }

  /** All its memory. */
  get arrays() {
    return [this.#table, this.#lefts, this.#rights]
  }

  left(id: number): number {
    return this.#lefts[id]!
  }

  right(id: number): number {
    return this.#rights[id]!
  }

  idOf(left: number, right: number): number {
    let at = this.#place(left, right)
    for (;;) {
      const id = this.#table[at]!
      if (id === FREE) return this.#add(left, right, at)
      if (this.#lefts[id] === left && this.#rights[id] === right) return id
      at = (at + 1) & (this.#table.length - 1)
    }
  }

  /** The finalizer of MurmurHash3 (public domain, Austin Appleby). */
  #place(left: number, right: number): number {
    let h = Math.imul(left, 0x9e37_79b1) ^ Math.imul(right + 1, 0x85eb_ca6b)
    h = Math.imul(h ^ (h >>> 16), 0xc2b2_ae35)
    return (h ^ (h >>> 13)) & (this.#table.length - 1)
  }

  #add(left: number, right: number, at: number): number {
    const id = this.#size++
    this.#lefts[id] = left
    this.#rights[id] = right
    this.#table[at] = id
    if (this.#size === this.#lefts.length) this.#grow()
    return id
  }

  #grow(): void {
    const length = 2 * this.#lefts.length
    this.#lefts = new Uint32Array(this.#lefts.buffer.transfer(4 * length))
    this.#rights = new Uint32Array(this.#rights.buffer.transfer(4 * length))
    this.#table = new Int32Array(2 * length).fill(FREE)
    for (let id = 0; id < this.#size; id++) {
      let at = this.#place(this.#lefts[id]!, this.#rights[id]!)
      while (this.#table[at] !== FREE) at = (at + 1) & (this.#table.length - 1)
      this.#table[at] = id
    }
  }
}

/** As PairIds, of left numbers below `lefts` and right ones below `rights`: a place for each pair that can be. */
export class DensePairs {
  readonly #rights: number
  readonly #ids: Int32Array<ArrayBuffer>
  /** By id. */
  readonly #pairs: Uint32Array<ArrayBuffer>
  #size = 0

  constructor(lefts: number, rights: number) {
    this.#rights = rights
    this.#ids = new Int32Array(lefts * rights).fill(FREE)
    this.#pairs = new Uint32Array(lefts * rights)
  }

  get size(): number {
    return this.#size
  }

  get arrays() {
    return [this.#ids, this.#pairs]
  }

  left(id: number): number {
    return Math.floor(this.#pairs[id]! / this.#rights)
  }

  right(id: number): number {
    return this.#pairs[id]! % this.#rights
  }

  idOf(left: number, right: number): number {
    const pair = left * this.#rights + right
    const id = this.#ids[pair]!
    return id === FREE ? this.#add(pair) : id
  }

  #add(pair: number): number {
    this.#pairs[this.#size] = pair
    this.#ids[pair] = this.#size
    return this.#size++
  }
}
