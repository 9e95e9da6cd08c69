import type { BucketColumns } from '../pipeline/data/classic-buckets.ts'
import { TWO_TO_32, toWords } from '../pipeline/data/u64.ts'

/** The rows of an exponential histogram, whose counts are read as pairs of words. */
export class HistogramRows {
  /** rows + 1 entries: row r has the buckets from `first[r]` to below `first[r + 1]`. */
  readonly first: Uint32Array
  readonly index: Int16Array
  /** Low word, high word of each bucket. */
  readonly counts: Uint32Array
  readonly #zeroes: Uint32Array | undefined
  /** The words of a row's count and of its zeroes, as `setCount` or `count` was told of it last. */
  low = 0
  high = 0
  zeroLow = 0
  zeroHigh = 0

  constructor(metric: BucketColumns) {
    this.first = metric.first
    this.index = metric.bucketIndex
    this.counts = toWords(metric.bucketCounts)
    this.#zeroes = metric.zeroCount && toWords(metric.zeroCount)
  }

  /** A row without buckets and zeroes is no point. */
  isEmpty(row: number): boolean {
    if (this.first[row] !== this.first[row + 1]) return false
    return this.#zeroes === undefined || (this.#zeroes[2 * row] === 0 && this.#zeroes[2 * row + 1] === 0)
  }

  /** Returns the number of buckets from the first to the last of a row, with the empty ones in between. */
  span(row: number): number {
    const [from, to] = [this.first[row]!, this.first[row + 1]!]
    return from === to ? 0 : this.index[to - 1]! - this.index[from]! + 1
  }

  /** Adds up the buckets of a row, and its zeroes. */
  count(row: number): void {
    let low = 0
    let high = 0
    for (let i = this.first[row]!, to = this.first[row + 1]!; i < to; i++) {
      low += this.counts[2 * i]!
      high += this.counts[2 * i + 1]!
    }
    this.setCount(row, low, high)
  }

  /** Adds the zeroes of a row to the sums of the low and of the high words of its buckets, which are exact doubles. */
  setCount(row: number, low: number, high: number): void {
    this.zeroLow = this.#zeroes?.[2 * row] ?? 0
    this.zeroHigh = this.#zeroes?.[2 * row + 1] ?? 0
    const sum = low + this.zeroLow
    this.low = sum % TWO_TO_32
    this.high = high + this.zeroHigh + Math.floor(sum / TWO_TO_32)
  }
}
