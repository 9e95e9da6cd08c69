/** Rows of several places as one segment: what has the same key is added up. */
import { CompactCounts } from './compact-counts.ts'
import { EXPONENTS, type Rows, Segment } from './segment.ts'

/** The time is that of the whole segment. */
export function combine(parts: readonly Rows[], time: { startMs: number; endMs: number }): Segment {
  const most = parts.reduce((sum, { length }) => sum + length, 0)
  const writer = new SegmentWriter(most)
  const next = parts.map(() => 0)
  const heads = Float64Array.from(parts, part => keyAt(part, 0))
  for (;;) {
    const key = lowest(heads)
    if (key === Number.POSITIVE_INFINITY) break
    writer.begin(key)
    for (let p = 0; p < parts.length; p++)
      for (; heads[p] === key; heads[p] = keyAt(parts[p]!, ++next[p]!)) writer.add(parts[p]!, next[p]!)
    writer.end()
  }
  return new Segment(time, writer.finish())
}

function keyAt(part: Rows, row: number): number {
  return row < part.length ? part.key(row) : Number.POSITIVE_INFINITY
}

function lowest(heads: Float64Array): number {
  let least = Number.POSITIVE_INFINITY
  for (const head of heads) if (head < least) least = head
  return least
}

/** Guess of how many buckets a row has, to begin with. */
const BUCKETS = 4

class SegmentWriter {
  readonly #keys: Uint32Array<ArrayBuffer>
  readonly #calls: CompactCounts
  readonly #time: Float64Array<ArrayBuffer>
  readonly #first: Uint32Array<ArrayBuffer>
  #exponents: Uint8Array<ArrayBuffer>
  readonly #counts: CompactCounts
  readonly #histogram = new Float64Array(EXPONENTS)
  #rows = 0
  #buckets = 0
  #callsOfRow = 0
  /** The slots of the histogram that may be in use. */
  #lowestSlot = EXPONENTS
  #highestSlot = -1

  constructor(most: number) {
    this.#keys = new Uint32Array(most)
    this.#calls = new CompactCounts(32, most)
    this.#time = new Float64Array(most)
    this.#first = new Uint32Array(most + 1)
    this.#exponents = new Uint8Array(BUCKETS * most)
    this.#counts = new CompactCounts(16, BUCKETS * most)
  }

  begin(key: number): void {
    this.#keys[this.#rows] = key
    this.#callsOfRow = 0
  }

  add(part: Rows, row: number): void {
    this.#callsOfRow += part.calls(row)
    this.#time[this.#rows]! += part.time(row)
    part.addHistogram(row, this.#histogram, 0)
    this.#lowestSlot = Math.min(this.#lowestSlot, part.lowestSlot(row))
    this.#highestSlot = Math.max(this.#highestSlot, part.highestSlot(row))
  }

  end(): void {
    this.#calls.set(this.#rows, this.#callsOfRow)
    for (let slot = this.#lowestSlot; slot <= this.#highestSlot; slot++) {
      const count = this.#histogram[slot]!
      if (count === 0) continue
      this.#histogram[slot] = 0
      this.#bucket(slot, count)
    }
    this.#lowestSlot = EXPONENTS
    this.#highestSlot = -1
    this.#first[++this.#rows] = this.#buckets
  }

  #bucket(slot: number, count: number): void {
    if (this.#buckets >= this.#exponents.length) {
      const length = Math.max(EXPONENTS, 2 * this.#exponents.length)
      this.#exponents = new Uint8Array(this.#exponents.buffer.transfer(length))
    }
    this.#exponents[this.#buckets] = slot
    this.#counts.set(this.#buckets, count)
    this.#buckets++
  }

  /** What was reserved is not kept. */
  finish() {
    this.#calls.resize(this.#rows)
    this.#counts.resize(this.#buckets)
    return {
      keys: new Uint32Array(this.#keys.buffer.transfer(4 * this.#rows)),
      calls: this.#calls,
      time: new Float64Array(this.#time.buffer.transfer(8 * this.#rows)),
      first: new Uint32Array(this.#first.buffer.transfer(4 * (this.#rows + 1))),
      exponents: new Uint8Array(this.#exponents.buffer.transfer(this.#buckets)),
      counts: this.#counts,
    }
  }
}
