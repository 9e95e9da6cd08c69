/** The answers of many agents to one question as one answer. */
import type { StatsQuery } from './api/query.ts'
import type { StatsNumbers, StatsRow, StatsTable } from './api/table.ts'
import { quantile, toPairs } from './query/quantiles.ts'
import { NOTHING, SUMMED } from './query/sums.ts'
import { EXPONENTS, slotOf } from './ring/segment.ts'

/** Rows that each agent is asked for at least: what is beyond the limit of one may be among the largest of all. */
const LEAST_ROWS = 5000

/** The question to ask each agent, so that `mergeTables` has what it needs. */
export function toAgentQuery(query: StatsQuery): StatsQuery {
  return { ...query, histograms: true, limit: Math.max(query.limit, LEAST_ROWS) }
}

/**
 * Sums, and quantiles of all histograms together; the window is that from the first begin to the last end. A row that lies beyond the limit of some agents has
 * there what `rest` counts. `tables` answer `toAgentQuery(query)`; one at least.
 */
export function mergeTables(tables: readonly StatsTable[], query: StatsQuery): StatsTable {
  const byKey = Map.groupBy(
    tables.flatMap(({ rows }) => rows),
    row => JSON.stringify(query.by.map(dimension => row.key[dimension] ?? null)),
  )
  const merged = Array.from(byKey.values(), (rows): StatsRow => ({ key: rows[0]!.key, ...add(rows) }))
  const sizeOf = (row: StatsRow) => row[query.sort] ?? -1
  merged.sort((a, b) => sizeOf(b) - sizeOf(a) || b.calls - a.calls)
  const beyond = merged.slice(query.limit)
  const shape = (numbers: StatsNumbers): StatsNumbers =>
    query.histograms ? numbers : withoutHistogram(numbers)
  return {
    nodes: [...new Set(tables.flatMap(({ nodes }) => nodes))].sort(),
    startMs: Math.min(...tables.map(({ startMs }) => startMs)),
    endMs: Math.max(...tables.map(({ endMs }) => endMs)),
    intervalMs: Math.max(...tables.map(({ intervalMs }) => intervalMs)),
    oldestMs: Math.max(...tables.map(({ oldestMs }) => oldestMs)),
    isTimed: tables.every(({ isTimed }) => isTimed),
    rows: merged.slice(0, query.limit).map(({ key, ...numbers }) => ({ key, ...shape(numbers) })),
    total: shape(add(tables.map(({ total }) => total))),
    rest: {
      rows: beyond.length + tables.reduce((sum, { rest }) => sum + rest.rows, 0),
      ...shape(withoutPoints(add([...beyond, ...tables.map(({ rest }) => rest)]))),
    },
  }
}

function add(all: readonly StatsNumbers[]): StatsNumbers {
  const sums: Record<(typeof SUMMED)[number], number> = {
    calls: 0,
    errors: 0,
    trouble: 0,
    time: 0,
    working: 0,
  }
  const counts = new Float64Array(EXPONENTS)
  for (const numbers of all) {
    for (const name of SUMMED) sums[name] += numbers[name]
    for (const [exponent, count] of numbers.histogram ?? []) counts[slotOf(exponent)]! += count
  }
  const points = addPoints(all)
  return {
    ...NOTHING,
    ...sums,
    p50: quantile(counts, 0, 0.5),
    p99: quantile(counts, 0, 0.99),
    histogram: toPairs(counts, 0),
    ...(points && { points }),
  }
}

/** Undefined where one has none: the sum would be too small. */
function addPoints(all: readonly StatsNumbers[]): [number, number][] | undefined {
  const courses = all.map(({ points }) => points)
  const [first] = courses
  if (first === undefined || courses.some(course => course?.length !== first.length)) return undefined
  return first.map((_, i) => {
    const at = courses.map(course => course![i]!)
    return [sum(at.map(([calls]) => calls)), sum(at.map(([, errors]) => errors))]
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function withoutHistogram({ histogram: _, ...numbers }: StatsNumbers): StatsNumbers {
  return numbers
}

function withoutPoints({ points: _, ...numbers }: StatsNumbers): StatsNumbers {
  return numbers
}
