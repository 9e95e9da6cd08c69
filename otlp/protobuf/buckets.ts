import type { ExponentialHistogramColumn } from '../../pipeline/data/metrics.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import type { ProtoWriter } from './proto-writer.ts'

/** ExponentialHistogramDataPoint.Buckets: the sparse buckets of a row as OTLP's offset and dense counts. */
export class BucketWriter {
  readonly #w: ProtoWriter
  readonly #index: Int16Array
  readonly #counts: Uint32Array
  /** Sums of the low and of the high words of the counts last written: both are exact doubles. */
  countLow = 0
  countHigh = 0

  constructor(w: ProtoWriter, metric: ExponentialHistogramColumn) {
    this.#w = w
    this.#index = metric.bucketIndex
    this.#counts = toWords(metric.bucketCounts)
  }

  /** A gap is one byte, a count up to ten. */
  mostBytes(from: number, to: number): number {
    return from === to ? 0 : this.#index[to - 1]! - this.#index[from]! + 10 * (to - from) + 16
  }

  write(from: number, to: number): void {
    this.countLow = 0
    this.countHigh = 0
    if (from === to) return
    const w = this.#w
    const mark = w.length
    let next = this.#index[to - 1]!
    for (let i = to - 1; i >= from; i--) {
      for (const index = this.#index[i]!; next > index; next--) w.byte(0)
      const low = this.#counts[2 * i]!
      const high = this.#counts[2 * i + 1]!
      w.varint64(low, high)
      this.countLow += low
      this.countHigh += high
      next--
    }
    w.prefix(0x12, mark)
    const offset = this.#index[from]!
    if (offset !== 0) {
      w.zigzag(offset)
      w.byte(0x08)
    }
    w.prefix(0x42, mark)
  }
}
