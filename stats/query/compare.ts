/** The same question asked of two windows, or of two revisions: group by group, what there is more of and what less. */
import type { Comparison, ComparisonQuery } from '../api/comparison.ts'
import type { StatsNumbers } from '../api/table.ts'
import { EXPONENTS } from '../ring/segment.ts'
import { readHistograms } from './details.ts'
import { type Asked, Scan } from './scan.ts'
import { GroupSums, NOTHING } from './sums.ts'
import { isSum, toNumbers } from './table.ts'

type Answer = Pick<Comparison, 'rows' | 'rest'> & {
  readonly totals: Record<'before' | 'after', StatsNumbers>
}

/** One side, with its groups by their names. */
interface Side {
  readonly scan: Scan
  readonly sums: GroupSums
  readonly seconds: number
}

/** A group of either side or both; -1: the side has none. */
interface Pair {
  readonly before: number
  readonly after: number
}

const NONE = -1

/** Rows are in the order of how much what the question sorts by has changed in a second; for a quantile, how many calls. */
export async function makeComparison(
  asked: { readonly before: Asked; readonly after: Asked },
  query: ComparisonQuery,
): Promise<Answer> {
  const [before, after] = [await readSide(asked.before), await readSide(asked.after)]
  const pairs = sortPairs(findPairs(before, after), { before, after }, query)
  const chosen = pairs.slice(0, query.limit)
  const numbersBefore = await numbersOf(
    before,
    chosen.map(pair => pair.before),
    query.histograms,
  )
  const numbersAfter = await numbersOf(
    after,
    chosen.map(pair => pair.after),
    query.histograms,
  )
  const rows = chosen.map((pair, i): Comparison['rows'][number] => {
    const [then, now] = [numbersBefore.rows[i]!, numbersAfter.rows[i]!]
    const ratio = then.calls > 0 ? (now.calls / then.calls) * (before.seconds / after.seconds) : null
    return {
      key: pair.after === NONE ? before.scan.keyOf(pair.before) : after.scan.keyOf(pair.after),
      before: then,
      after: now,
      ratio,
      change: pair.before === NONE ? 'new' : pair.after === NONE ? 'gone' : 'both',
    }
  })
  const left = (total: StatsNumbers, own: readonly StatsNumbers[]) =>
    own.reduce((rest, { calls }) => rest - calls, total.calls)
  return {
    rows,
    totals: { before: numbersBefore.total, after: numbersAfter.total },
    rest: {
      rows: pairs.length - chosen.length,
      before: left(numbersBefore.total, numbersBefore.rows),
      after: left(numbersAfter.total, numbersAfter.rows),
    },
  }
}

async function readSide(asked: Asked): Promise<Side> {
  const scan = new Scan(asked)
  const sums = new GroupSums()
  await sums.add(scan)
  const { startMs, endMs } = asked.window
  return { scan, sums, seconds: Math.max(1, endMs - startMs) / 1000 }
}

function findPairs(before: Side, after: Side): Pair[] {
  const byName = new Map<string, number>()
  const nameOf = ({ scan }: Side, group: number) => JSON.stringify(scan.keyOf(group))
  for (let group = 0; group < before.sums.groups; group++) byName.set(nameOf(before, group), group)
  const pairs: Pair[] = []
  for (let group = 0; group < after.sums.groups; group++) {
    const name = nameOf(after, group)
    pairs.push({ before: byName.get(name) ?? NONE, after: group })
    byName.delete(name)
  }
  for (const group of byName.values()) pairs.push({ before: group, after: NONE })
  return pairs
}

function sortPairs(
  pairs: readonly Pair[],
  { before, after }: { before: Side; after: Side },
  { sort }: ComparisonQuery,
): Pair[] {
  const name = isSum(sort) ? sort : 'calls'
  const rate = ({ sums, seconds }: Side, group: number) =>
    group === NONE ? 0 : sums.of(name)[group]! / seconds
  const change = (pair: Pair) => Math.abs(rate(after, pair.after) - rate(before, pair.before))
  return pairs
    .map(pair => ({ pair, size: change(pair) }))
    .sort((a, b) => b.size - a.size)
    .map(({ pair }) => pair)
}

/** Numbers of these groups, nothing for NONE, and of all. */
async function numbersOf({ scan, sums }: Side, groups: readonly number[], hasHistogram: boolean) {
  const own = Uint32Array.from(groups.filter(group => group !== NONE))
  const numbers = new Map<number, StatsNumbers>()
  await readHistograms({ scan, sums }, own, ({ from, to, counts }) => {
    for (let i = from; i < to; i++) {
      const at = (i - from) * EXPONENTS
      numbers.set(own[i]!, toNumbers(sums.at(own[i]!), counts, at, hasHistogram))
    }
  })
  return {
    rows: groups.map(group => numbers.get(group) ?? NOTHING),
    total: toNumbers(sums.total(), sums.histogram, 0, hasHistogram),
  }
}
