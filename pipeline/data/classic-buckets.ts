import type { ExponentialHistogramColumn } from './metrics.ts'
import { addElement, toWords } from './u64.ts'

/** What the buckets of a row are in. */
export type BucketColumns = Omit<ExponentialHistogramColumn, 'type' | 'name' | 'description' | 'unit'>

/**
 * The rows of an exponential histogram by bounds that are powers of two. A bucket counts where its upper end is: exactly, if
 * the bounds are ends of buckets, as all are at a scale of 0 and above; below that at the next bound.
 */
export class ClassicBuckets {
  readonly #column: BucketColumns
  readonly #exponents: readonly number[]
  readonly #words: Uint32Array
  readonly #zeros: Uint32Array | undefined
  readonly #counts: Uint32Array

  /** `exponents`: e of the bounds 2^e, ascending. */
  constructor(column: BucketColumns, exponents: readonly number[]) {
    this.#column = column
    this.#exponents = exponents
    this.#words = toWords(column.bucketCounts)
    this.#zeros = column.zeroCount && toWords(column.zeroCount)
    this.#counts = new Uint32Array(2 * (exponents.length + 1))
  }

  /**
   * Returns the counts of a row, not added up: one per bound, upper end inclusive, with the zeroes in the first, and one for what is
   * above them. Pairs of words, low one first, in memory that all rows share.
   */
  read(row: number): Uint32Array {
    const { first, bucketIndex, scale } = this.#column
    const counts = this.#counts
    counts.fill(0)
    if (this.#zeros) addElement(counts, 0, this.#zeros, row)
    const width = 2 ** -scale
    const end = first[row + 1]!
    let slot = 0
    for (let b = first[row]!; b < end; b++) {
      // Bucket b ends at 2^((index + 1) · width), inclusive.
      const exponent = (bucketIndex[b]! + 1) * width
      while (slot < this.#exponents.length && exponent > this.#exponents[slot]!) slot++
      addElement(counts, slot, this.#words, b)
    }
    return counts
  }
}
