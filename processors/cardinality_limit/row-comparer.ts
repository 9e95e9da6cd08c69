import type { Measurements } from '../../pipeline/data/merge-part.ts'
import type { ExponentialHistogramColumn } from '../../pipeline/data/metrics.ts'
import { equalElements, toWords } from '../../pipeline/data/u64.ts'

interface Histograms {
  readonly column: ExponentialHistogramColumn
  readonly counts: Uint32Array
}

/** Tells whether a series has moved between two batches. Both have the same metrics in the same order. */
export class RowComparer {
  readonly #starts: readonly [Uint32Array, Uint32Array]
  readonly #sums: (readonly [Uint32Array, Uint32Array])[] = []
  readonly #gauges: (readonly [Float64Array, Float64Array])[] = []
  readonly #histograms: (readonly [Histograms, Histograms])[] = []

  constructor(now: Measurements, before: Measurements) {
    this.#starts = [toWords(now.startTimeUnixNano), toWords(before.startTimeUnixNano)]
    now.metrics.forEach((a, i) => {
      const b = before.metrics[i]
      if (a.type === 'sum' && b?.type === 'sum') this.#sums.push([toWords(a.values), toWords(b.values)])
      if (a.type === 'gauge' && b?.type === 'gauge') this.#gauges.push([a.values, b.values])
      if (a.type === 'exponential_histogram' && b?.type === 'exponential_histogram')
        this.#histograms.push([toHistograms(a), toHistograms(b)])
    })
  }

  /** True when the series has begun anew: row `row` of now starts at another time than row `old` of before. */
  isRestarted(row: number, old: number): boolean {
    return !equalElements(this.#starts[0], row, this.#starts[1], old)
  }

  /** True when any value differs. */
  isChanged(row: number, old: number): boolean {
    for (const [a, b] of this.#sums) if (!equalElements(a, row, b, old)) return true
    for (const [a, b] of this.#gauges) if (a[row] !== b[old]) return true
    for (const [a, b] of this.#histograms) if (!equalHistograms(a, row, b, old)) return true
    return false
  }
}

function toHistograms(column: ExponentialHistogramColumn): Histograms {
  return { column, counts: toWords(column.bucketCounts) }
}

function equalHistograms(a: Histograms, row: number, b: Histograms, old: number): boolean {
  const from = a.column.first[row]!
  const offset = b.column.first[old]! - from
  const end = a.column.first[row + 1]!
  if (a.column.sum[row] !== b.column.sum[old] || b.column.first[old + 1]! - offset !== end) return false
  if ((a.column.zeroCount?.[row] ?? 0n) !== (b.column.zeroCount?.[old] ?? 0n)) return false
  for (let i = from; i < end; i++) {
    if (a.column.bucketIndex[i] !== b.column.bucketIndex[i + offset]) return false
    if (!equalElements(a.counts, i, b.counts, i + offset)) return false
  }
  return true
}
