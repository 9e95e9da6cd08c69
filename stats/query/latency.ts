/** How long calls took over a window: a histogram for each part of it. */

import type { LatencyMap } from '../api/latency.ts'
import type { StatsQuery } from '../api/query.ts'
import { EXPONENTS } from '../ring/segment.ts'
import { Parts } from './details.ts'
import { toPairs } from './quantiles.ts'
import { type Asked, Scan } from './scan.ts'
import { GroupSums } from './sums.ts'
import { toNumbers } from './table.ts'

/** Columns where the question does not say how many. */
const COLUMNS = 60

/** All rows must be in one group. Times are on the clock of the segments. */
export async function makeLatencyMap(
  asked: Asked,
  query: StatsQuery,
): Promise<Pick<LatencyMap, 'total' | 'columns'>> {
  const parts = new Parts(asked.window, query.points || COLUMNS)
  const counts = new Float64Array(parts.count * EXPONENTS)
  const scan = new Scan(asked)
  const sums = new GroupSums()
  const total = new Float64Array(EXPONENTS)
  await sums.add(scan, segment => {
    const sum = sums.histogram
    for (const [part, share] of parts.sharesOf(segment))
      for (let slot = 0; slot < EXPONENTS; slot++)
        counts[part * EXPONENTS + slot]! += (sum[slot]! - total[slot]!) * share
    total.set(sum)
  })
  return {
    total: toNumbers(sums.total(), total, 0, true),
    columns: Array.from({ length: parts.count }, (_, part) => ({
      startMs: parts.startOf(part),
      endMs: parts.startOf(part + 1),
      histogram: toPairs(counts, part * EXPONENTS),
    })),
  }
}
