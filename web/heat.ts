/** The columns of a latency map as cells. */
import type { LatencyMap } from '../stats/api/latency.ts'

export interface Heat {
  /** Exponents e of all buckets from the shortest to the longest that has calls: more than 2^e and at most 2^(e+1) seconds. */
  readonly exponents: readonly number[]
  /** [column, row, calls], only where there are calls. */
  readonly cells: readonly (readonly [number, number, number])[]
  readonly most: number
}

export function toHeat(columns: LatencyMap['columns']): Heat {
  const found = columns.flatMap(({ histogram }) => histogram.filter(([, count]) => count > 0))
  if (found.length === 0) return { exponents: [], cells: [], most: 0 }
  const [least, greatest] = found.reduce(
    ([low, high], [exponent]) => [Math.min(low, exponent), Math.max(high, exponent)],
    [Infinity, -Infinity],
  )
  const exponents = Array.from({ length: greatest! - least! + 1 }, (_, i) => least! + i)
  const cells = columns.flatMap(({ histogram }, column) =>
    histogram
      .filter(([, count]) => count > 0)
      .map(([exponent, count]) => [column, exponent - least!, count] as const),
  )
  return { exponents, cells, most: found.reduce((top, [, count]) => Math.max(top, count), 0) }
}

/** The sums of all columns, the shortest first. */
export function toDistribution(
  columns: LatencyMap['columns'],
): { readonly exponent: number; readonly count: number }[] {
  const sums = new Map<number, number>()
  for (const { histogram } of columns)
    for (const [exponent, count] of histogram) sums.set(exponent, (sums.get(exponent) ?? 0) + count)
  return [...sums]
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => a - b)
    .map(([exponent, count]) => ({ exponent, count }))
}
