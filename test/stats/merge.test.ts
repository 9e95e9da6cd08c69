/** Two histories of half of the calls each say together what one of all calls says. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statsQuery } from '../../stats/api/query.ts'
import { History } from '../../stats/history.ts'
import { mergeTables, toAgentQuery } from '../../stats/merge.ts'
import { fakeClock } from '../kit/clock.ts'
import { never } from '../kit/context.ts'
import { metricsBatch, type Row } from '../kit/metrics.ts'
import { seeded } from '../kit/random.ts'

const CALLS = ['read', 'write', 'futex', 'openat', 'poll']

function rowsOf(node: string, seed: number): Row[] {
  const random = seeded(seed)
  return CALLS.map(name => {
    const [fast, slow] = [Math.floor(random() * 1000), Math.floor(random() * 10)]
    return {
      resource: { id: node, attributes: { 'host.name': node } },
      attributes: { 'syscall.name': name, ...(random() < 0.3 && { 'error.type': 'EIO' }) },
      start: 1_700_000_000_000_000_000n,
      values: {
        'swoll.syscall.calls': fast + slow,
        'swoll.syscall.time': fast * 1000,
        'swoll.syscall.duration': { sum: 0, buckets: { [-20]: fast, [-5]: slow } },
      },
    }
  })
}

async function historyOf(rows: readonly Row[]): Promise<History> {
  const clock = fakeClock()
  const history = new History({ clock, maxBytes: 2 ** 20, retentionMs: 3_600_000 })
  await clock.advance(10_000)
  history.take(metricsBatch(rows, { time: clock.unixNano() }))
  return history
}

const s = suite('mergeTables')
for (const sort of ['calls', 'errors', 'p99'] as const)
  s(`says by ${sort} what one agent with all calls says`, async () => {
    const query = statsQuery.parse({ by: ['syscall'], sort, limit: 3, points: 4 })
    const [a, b] = [rowsOf('a', 1), rowsOf('b', 2)]
    const ask = async (rows: readonly Row[], q = query) => (await historyOf(rows)).query(q, never)
    const merged = mergeTables([await ask(a, toAgentQuery(query)), await ask(b, toAgentQuery(query))], query)
    assert.equal(merged, await ask([...a, ...b]))
    assert.is(merged.rest.rows, 2)
  })

s('counts what lies beyond the limit of an agent, and gives no course where one is missing', async () => {
  const query = statsQuery.parse({ by: ['syscall'], limit: 2, points: 4 })
  const short = await (await historyOf(rowsOf('a', 1))).query({ ...query, histograms: true }, never)
  const other = await (await historyOf(rowsOf('b', 2))).query(
    { ...query, points: 0, histograms: true },
    never,
  )
  const merged = mergeTables([short, other], query)
  const all = [short, other].reduce((sum, { total }) => sum + total.calls, 0)
  assert.is(merged.total.calls, all)
  assert.is(merged.rows.reduce((sum, { calls }) => sum + calls, 0) + merged.rest.calls, all)
  assert.ok(merged.rest.rows >= 3)
})
s.run()
