/** How long calls took over a window: a histogram for each part of it. */

import type { LatencyMap } from '../api/latency.ts'
import type { StatsQuery } from '../api/query.ts'
import { EXPONENTS } from '../ring/segment.ts'
import { Parts } from './details.ts'
import { toPairs } from './quantiles.ts'
import { type Asked, Scan } from './scan.ts'
import { makeTable } from './table.ts'

/** Columns where the question does not say how many. */
const COLUMNS = 60

/** Times are on the clock of the segments. */
export async function makeLatencyMap(
  asked: Asked,
  query: StatsQuery,
): Promise<Pick<LatencyMap, 'total' | 'columns'>> {
  const parts = new Parts(asked.window, query.points || COLUMNS)
  const counts = new Float64Array(parts.count * EXPONENTS)
  const own = new Float64Array(EXPONENTS)
  let shares: [number, number][] = []
  const settle = () => {
    for (const [part, share] of shares)
      for (let slot = 0; slot < EXPONENTS; slot++) counts[part * EXPONENTS + slot]! += own[slot]! * share
    own.fill(0)
  }
  await new Scan(asked).rows(
    (_, segment, row) => segment.addHistogram(row, own, 0),
    segment => {
      settle()
      shares = parts.sharesOf(segment)
    },
  )
  settle()
  const { total } = await makeTable(asked, { ...query, points: 0, limit: 1, histograms: true })
  return {
    total,
    columns: Array.from({ length: parts.count }, (_, part) => ({
      startMs: parts.startOf(part),
      endMs: parts.startOf(part + 1),
      histogram: toPairs(counts, part * EXPONENTS),
    })),
  }
}
