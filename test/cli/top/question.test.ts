import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GROUPINGS } from '../../../cli/top/groupings.ts'
import { firstState } from '../../../cli/top/live.ts'
import { filterRows, firstRows, toQuery } from '../../../cli/top/question.ts'
import { statsQuery } from '../../../stats/api/query.ts'
import type { StatsRow } from '../../../stats/api/table.ts'
import { fakeNumbers, SHOP } from '../../kit/fake-numbers.ts'
import { seeded } from '../../kit/random.ts'

const STATE = firstState({
  by: GROUPINGS[0]!.by,
  where: { namespace: ['shop'] },
  sort: 'errors',
  isAscending: false,
  show: 'trouble',
  windowMs: 5000,
  filter: '',
})
const NAMES = ['syscall', 'errno', 'pod'] as const

const queries = suite('toQuery')

queries('asks for what the state says', () => {
  assert.equal(toQuery(STATE, { height: 18, points: 5 }), {
    by: GROUPINGS[0]!.by,
    where: { namespace: ['shop'] },
    show: 'trouble',
    sort: 'errors',
    windowMs: 5000,
    limit: 1000,
    points: 5,
  })
})

for (const [name, change, limit] of [
  ['down to what is seen', { offset: 2000 }, 2018],
  ['of all rows where the order is turned', { isAscending: true }, 50_000],
  ['of all rows where names are sorted', { sort: 'pod' }, 50_000],
  ['of all rows where a filter chooses', { filter: 'x' }, 50_000],
] as const)
  queries(`asks ${name}`, () => {
    const query = toQuery({ ...STATE, ...change }, { height: 18, points: 5 })
    assert.is(query.limit, limit)
    assert.is(query.points, 0)
    assert.ok(statsQuery.safeParse(query).success)
  })

const filters = suite('filterRows')

filters('finds a part of any shown name, in any case', async () => {
  const query = statsQuery.parse({ by: [...NAMES] })
  const table = await fakeNumbers(SHOP).query(query, new AbortController().signal)
  const find = (filter: string) =>
    filterRows(table, { names: NAMES, filter, sort: 'rate', isAscending: false }).length
  assert.is(find(''), SHOP.length)
  assert.is(find('WEB-6D'), 5)
  assert.is(find('econn'), 1)
  assert.is(find('shop'), 0, 'namespaces are not shown')
  assert.is(find('[31m'), 1)
})

const orders = suite('firstRows')

/** Rows with many equal numbers, and some without. */
function someRows(count: number): StatsRow[] {
  const next = seeded(7)
  return Array.from({ length: count }, (_, i) => {
    const calls = Math.floor(next() * 50)
    const p99 = next() < 0.1 ? null : Math.floor(next() * 20)
    const zero = { errors: 0, trouble: 0, time: 0, working: 0 }
    return { ...zero, calls, p50: p99, p99, key: { syscall: `call${i % 10}`, pod: `pod-${i}` } }
  })
}

for (const sort of ['rate', 'p99', 'syscall'] as const)
  for (const isAscending of [false, true])
    orders(`are as of all rows sorted: ${sort}, ${isAscending ? 'ascending' : 'descending'}`, () => {
      const rows = someRows(3000)
      const wanted = { names: NAMES, filter: '', sort, isAscending }
      const all = firstRows(rows, wanted, rows.length)
      assert.is(all.length, 3000)
      for (const most of [0, 1, 7, 500]) assert.equal(firstRows(rows, wanted, most), all.slice(0, most))
      const values = all.map(row =>
        sort === 'rate' ? row.calls : sort === 'p99' ? row.p99 : row.key.syscall!,
      )
      const known = values.filter(value => value !== null)
      assert.equal(values.slice(0, known.length), known, 'what has no number comes last')
      const sign = isAscending ? 1 : -1
      assert.equal(
        known,
        known.toSorted((a, b) => sign * (a < b ? -1 : a > b ? 1 : 0)),
      )
    })

queries.run()
filters.run()
orders.run()
