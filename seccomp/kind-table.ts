/** Numbers by kind of call, side by side in one piece of memory: 8 bytes for each number, and 4 for its kind. */

/** Places that are made at least, and the share of all that is made at once: little is reserved, and little copied. */
const FIRST_PLACES = 8
const GROWTH = 1.25

export class KindTable {
  /** Ascending. */
  #kinds = new Uint32Array(0)
  readonly #width: number
  #size = 0
  /** Place p has the numbers from p × width on. Another array after `place`. */
  values = new Float64Array(0)

  /** `width`: numbers of each kind. */
  constructor(width: number) {
    this.#width = width
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#kinds.byteLength + this.values.byteLength
  }

  kindAt(place: number): number {
    return this.#kinds[place]!
  }

  /** The place of the kind; -1: it has none. */
  find(kind: number): number {
    const place = this.#lowest(kind)
    return place < this.#size && this.#kinds[place] === kind ? place : -1
  }

  /** Makes a place for the kind, which must have none, with zeros. Others have other places then. */
  place(kind: number): number {
    const place = this.#lowest(kind)
    if (this.#size === this.#kinds.length) this.#grow()
    this.#kinds.copyWithin(place + 1, place, this.#size)
    this.#kinds[place] = kind
    const at = place * this.#width
    this.values.copyWithin(at + this.#width, at, this.#size * this.#width)
    this.values.fill(0, at, at + this.#width)
    this.#size++
    return place
  }

  /** The first place whose kind is not below. */
  #lowest(kind: number): number {
    let [from, to] = [0, this.#size]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#kinds[middle]! < kind) from = middle + 1
      else to = middle
    }
    return from
  }

  #grow(): void {
    const places = Math.max(FIRST_PLACES, Math.ceil(this.#kinds.length * GROWTH))
    this.#kinds = new Uint32Array(this.#kinds.buffer.transfer(4 * places))
    this.values = new Float64Array(this.values.buffer.transfer(8 * places * this.#width))
  }
}
