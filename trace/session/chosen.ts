/** Which events of a look are given out, in which order, and to which jobs: as columns, filled anew by each look. */
export class Chosen {
  length = 0
  /** Indexes of events, in the order in which they ended. */
  index = new Uint32Array(0)
  /** Bits of the jobs that get each. */
  low = new Int32Array(0)
  high = new Int32Array(0)

  /** Empties it, for at most so many. */
  reset(most: number): void {
    this.length = 0
    if (most <= this.index.length && this.index.length <= 4 * most + 10_000) return
    const capacity = Math.ceil(1.25 * most)
    this.index = new Uint32Array(capacity)
    this.low = new Int32Array(capacity)
    this.high = new Int32Array(capacity)
  }

  add(index: number, low: number, high: number): void {
    const n = this.length++
    this.index[n] = index
    this.low[n] = low
    this.high[n] = high
  }
}
