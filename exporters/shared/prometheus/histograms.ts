/** Exponential histograms in Prometheus' terms. */
import type { ExponentialHistogramColumn } from '../../../pipeline/data/metrics.ts'
import { addElement, toWords } from '../../../pipeline/data/u64.ts'

/** Schemas of Prometheus' native histograms; the same number as the scale. */
export const MAX_SCALE = 8
export const MIN_SCALE = -4

/** The column at a lower or equal scale: each step halves the resolution, counts are kept. Scales above are not changed. */
export function downscale(column: ExponentialHistogramColumn, scale: number): ExponentialHistogramColumn {
  const shift = column.scale - scale
  if (shift <= 0) return column
  const rows = column.first.length - 1
  const first = new Uint32Array(rows + 1)
  const bucketIndex = new Int16Array(column.bucketIndex.length)
  const bucketCounts = new BigUint64Array(column.bucketIndex.length)
  const [from, to] = [toWords(column.bucketCounts), toWords(bucketCounts)]
  let length = 0
  for (let row = 0; row < rows; row++) {
    for (let b = column.first[row]!; b < column.first[row + 1]!; b++) {
      // Bucket i is (base^i, base^(i+1)], so buckets 2j and 2j + 1 make bucket j of the next lower scale.
      const index = column.bucketIndex[b]! >> shift
      if (length === first[row]! || bucketIndex[length - 1] !== index) bucketIndex[length++] = index
      addElement(to, length - 1, from, b)
    }
    first[row + 1] = length
  }
  return {
    ...column,
    scale,
    first,
    bucketIndex: bucketIndex.subarray(0, length),
    bucketCounts: bucketCounts.subarray(0, length),
  }
}

/** True when the row is a point: it has a bucket or a zero count. `zeros` are the words of `zeroCount`. */
export function hasPoint(
  { first }: ExponentialHistogramColumn,
  zeros: Uint32Array | undefined,
  row: number,
): boolean {
  if (first[row] !== first[row + 1]) return true
  return zeros !== undefined && (zeros[2 * row] !== 0 || zeros[2 * row + 1] !== 0)
}

/**
 * The bound as the `le` label has it, the same text in every format: OpenMetrics 1.0 "Considerations: Canonical
 * Numbers" asks for `1.0` and `1e-05`, which is also what Prometheus makes of a protobuf bound.
 */
export function formatBound(exponent: number): string {
  const bound = 2 ** exponent
  if (bound >= 1e-4 && bound < 1e6) return Number.isInteger(bound) ? `${bound}.0` : `${bound}`
  return bound.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}
