/** The answer to a question: sums of groups, the largest in full, the others together. */
import type { StatsQuery } from '../api/query.ts'
import type { StatsNumbers, StatsRow, StatsTable } from '../api/table.ts'
import { free } from '../free.ts'
import { EXPONENTS } from '../ring/segment.ts'
import { Course } from './courses.ts'
import { Parts, readHistograms, type Summed } from './details.ts'
import { firstOf } from './largest.ts'
import { quantile, toPairs } from './quantiles.ts'
import { type Asked, Scan } from './scan.ts'
import { GroupSums, NOTHING, SUMMED, type Sums, toSums } from './sums.ts'

type Answer = Pick<StatsTable, 'rows' | 'total' | 'rest'>

/** Rows have courses as far as these many values go: 16 bytes each, and more as text. */
const MOST_POINTS = 120_000

export async function makeTable(asked: Asked, query: StatsQuery): Promise<Answer> {
  const scan = new Scan(asked)
  const sums = new GroupSums()
  const course = new Course(sums)
  await sums.add(scan, query.points > 0 ? segment => course.note(segment) : undefined)
  const chosen = await largestGroups({ scan, sums }, query)
  const numbers: StatsNumbers[] = []
  const left = new Float64Array(EXPONENTS)
  await readHistograms({ scan, sums }, chosen, ({ from, to, counts }) => {
    for (let i = from; i < to; i++) {
      const at = (i - from) * EXPONENTS
      numbers.push(toNumbers(sums.at(chosen[i]!), counts, at, query.histograms))
      for (let slot = 0; slot < EXPONENTS; slot++) left[slot]! -= counts[at + slot]!
    }
  })
  const all = sums.histogram
  for (let slot = 0; slot < EXPONENTS; slot++) left[slot]! += all[slot]!
  const points = await courses({ scan, course }, chosen, query.points)
  const ofTotal = totalCourse({ scan, course }, query.points)
  const total = sums.total()
  const others = toSums(name => numbers.reduce((rest, row) => rest - row[name], total[name]))
  const answer: Answer = {
    rows: numbers.map((row, i): StatsRow => ({ key: scan.keyOf(chosen[i]!), ...row, ...points(i) })),
    total: { ...toNumbers(total, all, 0, query.histograms), ...ofTotal },
    rest: { rows: sums.groups - chosen.length, ...toNumbers(others, left, 0, query.histograms) },
  }
  free([...scan.groups.arrays, ...sums.arrays, ...course.arrays])
  return answer
}

/** `counts` has the histogram from `at`. */
export function toNumbers(sums: Sums, counts: Float64Array, at: number, hasHistogram: boolean): StatsNumbers {
  return {
    ...NOTHING,
    ...sums,
    p50: quantile(counts, at, 0.5),
    p99: quantile(counts, at, 0.99),
    ...(hasHistogram && { histogram: toPairs(counts, at) }),
  }
}

/** The largest groups, as many as the question is about; of equal ones, the one with more calls, then as they came. */
async function largestGroups(summed: Summed, { sort, limit }: StatsQuery): Promise<Uint32Array> {
  const { sums } = summed
  const calls = sums.of('calls')
  const values = isSum(sort) ? sums.of(sort) : await quantilesOf(summed, sort === 'p50' ? 0.5 : 0.99)
  return firstOf(sums.groups, limit, (a, b) => {
    if (values[a] !== values[b]) return values[a]! > values[b]!
    return calls[a] === calls[b] ? a < b : calls[a]! > calls[b]!
  })
}

export function isSum(sort: StatsQuery['sort']): sort is (typeof SUMMED)[number] {
  return (SUMMED as readonly string[]).includes(sort)
}

/** By group; -1 without any timed call. */
async function quantilesOf(summed: Summed, q: number): Promise<Float64Array> {
  const all = new Uint32Array(summed.sums.groups)
  for (let group = 0; group < all.length; group++) all[group] = group
  const values = new Float64Array(all.length)
  await readHistograms(summed, all, ({ from, to, counts }) => {
    for (let i = from; i < to; i++) values[i] = quantile(counts, (i - from) * EXPONENTS, q) ?? -1
  })
  return values
}

interface Coursed {
  readonly scan: Scan
  readonly course: Course
}

function totalCourse({ scan, course }: Coursed, count: number): Pick<StatsNumbers, 'points'> {
  return count === 0 ? {} : { points: toPoints(course.total(new Parts(scan.asked.window, count)), 0, count) }
}

async function courses({ scan, course }: Coursed, chosen: Uint32Array, count: number) {
  const most = count === 0 ? 0 : Math.floor(MOST_POINTS / count)
  const own = chosen.subarray(0, most)
  const parts = new Parts(scan.asked.window, Math.max(1, count))
  const values = own.length > 0 ? await course.read(scan, own, parts) : new Float64Array(0)
  return (row: number): Pick<StatsRow, 'points'> =>
    row < own.length ? { points: toPoints(values, row, count) } : {}
}

/** Those of the row, of `count` parts each. */
function toPoints(values: Float64Array, row: number, count: number): [number, number][] {
  const at = row * count * 2
  return Array.from({ length: count }, (_, i): [number, number] => [
    toShort(values[at + 2 * i]!),
    toShort(values[at + 2 * i + 1]!),
  ])
}

/** Shares of calls to a thousandth: all their digits would be most of an answer. */
function toShort(count: number): number {
  return Math.round(count * 1000) / 1000
}
