/** Adding exponential histograms up, row by row, in time linear in the number of buckets. */
import { DROPPED, type MergePart } from './merge-part.ts'
import type { ExponentialHistogramColumn } from './metrics.ts'
import { addElement, subtractElement, toWords } from './u64.ts'

interface Source {
  readonly column: ExponentialHistogramColumn
  readonly counts: Uint32Array
  readonly zeros: Uint32Array | undefined
  readonly target: Uint32Array
  readonly isSubtracted: boolean
}

/** Column `i` of all parts added up into `rows` rows, as mergeRows says; bucket by bucket, empty buckets left out. */
export function mergeHistograms(
  template: ExponentialHistogramColumn,
  i: number,
  parts: readonly MergePart[],
  rows: number,
): ExponentialHistogramColumn {
  const sources = parts.map(part => toSource(part, i))
  const { zeroCount: _, ...base } = template
  const zeroCount = mergeZeroCounts(sources, rows)
  return {
    ...base,
    ...(zeroCount && { zeroCount }),
    sum: addSums(sources, rows),
    ...mergeBuckets(sources, rows),
  }
}

function toSource({ from, target, isSubtracted = false }: MergePart, i: number): Source {
  const column = from.metrics[i] as ExponentialHistogramColumn
  const zeros = column.zeroCount && toWords(column.zeroCount)
  return { column, counts: toWords(column.bucketCounts), zeros, target, isSubtracted }
}

/**
 * Compensated (Neumaier), so that the order of the rows does not show: a sum that came out one bit lower than last time
 * would look like a counter reset to Prometheus.
 */
function addSums(sources: readonly Source[], rows: number): Float64Array {
  const sums = new Float64Array(rows)
  const lost = new Float64Array(rows)
  for (const { column, target, isSubtracted } of sources) {
    const sign = isSubtracted ? -1 : 1
    for (let r = 0; r < column.sum.length; r++) {
      if (target[r] === DROPPED) continue
      const g = target[r]!
      const term = sign * column.sum[r]!
      const before = sums[g]!
      const after = before + term
      lost[g]! += Math.abs(before) >= Math.abs(term) ? before - after + term : term - after + before
      sums[g] = after
    }
  }
  for (let g = 0; g < rows; g++) if (lost[g] !== 0) sums[g]! += lost[g]!
  return sums
}

function mergeZeroCounts(sources: readonly Source[], rows: number): BigUint64Array | undefined {
  if (!sources.some(source => source.zeros)) return undefined
  const counts = new BigUint64Array(rows)
  const words = toWords(counts)
  for (const { column, zeros, target, isSubtracted } of sources) {
    if (!zeros) continue
    const apply = isSubtracted ? subtractElement : addElement
    for (let r = 0; r < column.sum.length; r++) if (target[r] !== DROPPED) apply(words, target[r]!, zeros, r)
  }
  return counts
}

/**
 * The rows of all sources in order of their target: those of target g are `order[offset[g] … offset[g + 1] - 1]`, each from
 * the source in `origin`. They have `buckets` buckets together.
 */
function sortByTarget(sources: readonly Source[], rows: number) {
  const offset = new Uint32Array(rows + 1)
  for (const { column, target } of sources)
    for (let r = 0; r < column.sum.length; r++) if (target[r] !== DROPPED) offset[target[r]! + 1]!++
  for (let g = 0; g < rows; g++) offset[g + 1]! += offset[g]!
  const order = new Uint32Array(offset[rows]!)
  const origin = new Uint16Array(offset[rows]!)
  const next = offset.slice(0, rows)
  let buckets = 0
  sources.forEach(({ column, target }, s) => {
    for (let r = 0; r < column.sum.length; r++) {
      if (target[r] === DROPPED) continue
      const at = next[target[r]!]!++
      order[at] = r
      origin[at] = s
      buckets += column.first[r + 1]! - column.first[r]!
    }
  })
  return { offset, order, origin, buckets }
}

function mergeBuckets(sources: readonly Source[], rows: number) {
  const { offset, order, origin, buckets } = sortByTarget(sources, rows)
  const isAlone = (g: number) =>
    offset[g + 1]! - offset[g]! === 1 && !sources[origin[offset[g]!]!]!.isSubtracted
  const out = new BucketWriter(buckets)
  const first = new Uint32Array(rows + 1)
  let g = 0
  while (g < rows) {
    const from = offset[g]!
    const start = g
    if (isAlone(g)) {
      // Neighbours from one source move together.
      const [source, row] = [origin[from]!, order[from]!]
      do g++
      while (g < rows && isAlone(g) && origin[offset[g]!] === source && order[offset[g]!] === row + g - start)
      const { first: starts } = sources[source]!.column
      for (let k = 1; k <= g - start; k++) first[start + k] = out.length + starts[row + k]! - starts[row]!
      out.copy(sources[source]!, starts[row]!, starts[row + g - start]!)
      continue
    }
    for (let k = from; k < offset[g + 1]!; k++) out.gather(sources[origin[k]!]!, order[k]!)
    out.flush()
    first[++g] = out.length
  }
  return { first, ...out.finish() }
}

/** An Int16 is at least minus this. */
const LOWEST = 0x8000
const INDEXES = 0x1_0000

/** Appends buckets. Those of one row are copied; those of several rows meet in a dense scratch row first. */
class BucketWriter {
  /** Buckets written so far. */
  length = 0
  readonly #index: Int16Array
  readonly #counts: BigUint64Array
  readonly #words: Uint32Array
  /** For every index that there can be; only what is used takes memory. */
  readonly #scratch = new Uint32Array(2 * INDEXES)
  #low = INDEXES
  #high = -1

  constructor(capacity: number) {
    this.#index = new Int16Array(capacity)
    this.#counts = new BigUint64Array(capacity)
    this.#words = toWords(this.#counts)
  }

  /** Appends the buckets `from` up to but not including `to`. */
  copy({ column }: Source, from: number, to: number): void {
    this.#index.set(column.bucketIndex.subarray(from, to), this.length)
    this.#counts.set(column.bucketCounts.subarray(from, to), this.length)
    this.length += to - from
  }

  gather({ column, counts, isSubtracted }: Source, row: number): void {
    const apply = isSubtracted ? subtractElement : addElement
    const { bucketIndex, first } = column
    const scratch = this.#scratch
    const [from, end] = [first[row]!, first[row + 1]!]
    if (from === end) return
    for (let b = from; b < end; b++) apply(scratch, bucketIndex[b]! + LOWEST, counts, b)
    // Indexes ascend.
    this.#low = Math.min(this.#low, bucketIndex[from]! + LOWEST)
    this.#high = Math.max(this.#high, bucketIndex[end - 1]! + LOWEST)
  }

  flush(): void {
    if (this.#low > this.#high) return
    const [scratch, high] = [this.#scratch, this.#high]
    for (let slot = this.#low; slot <= high; slot++) {
      if (scratch[2 * slot] === 0 && scratch[2 * slot + 1] === 0) continue
      this.#push(slot - LOWEST, scratch, slot)
    }
    scratch.fill(0, 2 * this.#low, 2 * (high + 1))
    this.#low = INDEXES
    this.#high = -1
  }

  /** Returns what was written; a view, unless that would keep more than twice its memory. */
  finish() {
    const cut = 2 * this.length < this.#index.length ? 'slice' : 'subarray'
    return {
      bucketIndex: this.#index[cut](0, this.length),
      bucketCounts: this.#counts[cut](0, this.length),
    }
  }

  #push(index: number, counts: Uint32Array, at: number): void {
    this.#index[this.length] = index
    this.#words[2 * this.length] = counts[2 * at]!
    this.#words[2 * this.length + 1] = counts[2 * at + 1]!
    this.length++
  }
}
