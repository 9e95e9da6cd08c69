/** The history by hand: what each question is answered after a few collections. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type StatsQueryInput, statsQuery } from '../../stats/api/query.ts'
import { statsTable } from '../../stats/api/table.ts'
import { History } from '../../stats/history.ts'
import { fakeClock } from '../kit/clock.ts'
import { never } from '../kit/context.ts'
import { metricsBatch, type Row } from '../kit/metrics.ts'

const SHOP = {
  id: 'shop',
  attributes: {
    'host.name': 'node-a',
    'k8s.namespace.name': 'shop',
    'k8s.deployment.name': 'web',
    'k8s.replicaset.name': 'web-7d9f',
    'k8s.pod.name': 'web-7d9f-x',
    'k8s.container.name': 'app',
  },
}
const UNIT = { id: 'unit', attributes: { 'host.name': 'node-a', 'systemd.unit': 'ssh.service' } }

function row(
  resource: Row['resource'],
  name: string,
  calls: number,
  more: Partial<Row> & { errno?: string } = {},
): Row {
  const { errno, ...rest } = more
  return {
    resource: resource!,
    attributes: { 'syscall.name': name, ...(errno !== undefined && { 'error.type': errno }) },
    start: 1_700_000_000_000_000_000n,
    ...rest,
    values: {
      'swoll.syscall.calls': calls,
      'swoll.syscall.time': calls * 100,
      'swoll.syscall.duration': { sum: (calls * 100) / 1e9, buckets: calls > 0 ? { [-24]: calls } : {} },
    },
  }
}

function open() {
  const clock = fakeClock()
  const history = new History({ clock, maxBytes: 2 ** 24, retentionMs: 3_600_000 })
  return {
    history,
    clock,
    async collect(rows: readonly Row[], ms = 10_000) {
      await clock.advance(ms)
      history.take(metricsBatch(rows, { time: clock.unixNano() }))
    },
    async ask(query: StatsQueryInput) {
      const answer = await history.query(statsQuery.parse(query), never)
      return statsTable.parse(answer)
    },
  }
}

const s = suite('History')

s('answers with what the window added, by the names asked for', async () => {
  const { collect, ask } = open()
  await collect([row(SHOP, 'read', 10), row(UNIT, 'read', 1)])
  await collect([row(SHOP, 'read', 15), row(SHOP, 'openat', 2, { errno: 'EACCES' }), row(UNIT, 'read', 1)])
  const { rows, total, nodes } = await ask({
    by: ['namespace', 'workload', 'syscall', 'errno'],
    windowMs: 10_000,
  })
  assert.equal(nodes, ['node-a'])
  assert.equal(
    rows.map(({ key, calls, errors, trouble }) => ({ key, calls, errors, trouble })),
    [
      {
        key: { namespace: 'shop', workload: 'deployment/web', syscall: 'read', errno: 'OK' },
        calls: 5,
        errors: 0,
        trouble: 0,
      },
      {
        key: { namespace: 'shop', workload: 'deployment/web', syscall: 'openat', errno: 'EACCES' },
        calls: 2,
        errors: 2,
        trouble: 2,
      },
    ],
  )
  assert.is(total.calls, 7)
  assert.is((await ask({ by: ['unit'], windowMs: 60_000 })).total.calls, 18)
})

const CALLS = 5000
const many = (calls: number) => Array.from({ length: CALLS }, (_, i) => row(SHOP, `call_${i}`, calls + i))

s('answers of what was there when it was asked, though that goes meanwhile', async () => {
  const clock = fakeClock()
  const history = new History({ clock, maxBytes: 1, retentionMs: 3_600_000 })
  const collect = async (calls: number) => {
    await clock.advance(10_000)
    history.take(metricsBatch(many(calls), { time: clock.unixNano() }))
  }
  await collect(1)
  const query = statsQuery.parse({ by: ['syscall'], windowMs: 10_000, limit: 3, points: 2, histograms: true })
  const before = await history.query(query, never)
  const asked = history.query(query, never)
  for (const calls of [10, 20, 30]) await collect(calls)
  assert.equal((await asked).rows, before.rows)
  assert.equal((await asked).total, before.total)
  assert.is(before.rows[0]!.calls, CALLS)
})
s('has the course of each row, however many rows there are', async () => {
  const { collect, ask } = open()
  const collections = 30
  for (let i = 0; i < collections; i++) await collect(many(1 + i * CALLS))
  const { rows, total } = await ask({ by: ['syscall'], windowMs: 300_000, limit: 20, points: 30 })
  assert.is(rows.length, 20)
  const all = total.points!.map(([n]) => n)
  assert.is(
    all.reduce((sum, n) => sum + n),
    total.calls,
  )
  assert.equal(all.slice(1), new Array(collections - 1).fill(CALLS * CALLS), 'rows beyond the limit too')
  for (const { points, calls } of rows) {
    assert.is(
      points!.reduce((sum, [n]) => sum + n, 0),
      calls,
    )
    assert.equal(
      points!.slice(1).map(([n]) => n),
      new Array(collections - 1).fill(CALLS),
    )
  }
})

s.run()
