import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import { joinTables } from '../../../pipeline/data/join-tables.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'

const s = suite('joinTables')

const row = (
  resource: string,
  attributes: Row['attributes'] & {},
  calls: number,
  more: Partial<Row> = {},
): Row => ({
  resource,
  attributes,
  values: { calls, duration: { sum: calls, buckets: { 2: calls } }, level: { gauge: calls / 2 } },
  ...more,
})

s('has the rows of all tables in their order, with the attributes, starts and ends that they have', () => {
  const rows = [
    row('a', { call: 'read', ok: true }, 1),
    row('b', { call: 'write' }, 2, { ended: true }),
    row('a', { error: 5 }, 3, { start: 7n }),
    row('b', {}, 4),
  ]
  const whole = metricsBatch(rows)
  const parts = [rows.slice(0, 2), [], rows.slice(2)].map(some =>
    metricsBatch([...some, row('b', {}, 9), row('a', {}, 9)]),
  )
  const tables = parts.map(({ tables: [table] }, i) => ({ ...table!, rows: [2, 0, 2][i]! }))
  const cut = tables.map(({ rows: count, ...table }) => ({
    ...table,
    rows: count,
    resource: table.resource.slice(0, count),
    startTimeUnixNano: table.startTimeUnixNano.slice(0, count),
    attributes: table.attributes.map(column => ({ ...column, codes: column.codes.slice(0, count) })),
  }))
  const before = cut.map(table => copyBatch({ resources: [], tables: [table] }))
  const joined = joinTables(cut)
  assert.equal(
    cut.map(table => ({ resources: [], tables: [table] })),
    before,
  )
  const sorted = (batch: Parameters<typeof toPoints>[0]) =>
    toPoints(batch).map(point =>
      JSON.stringify({ ...point, attributes: Object.entries(point.attributes).sort() }, (_, v) =>
        typeof v === 'bigint' ? `${v}` : v,
      ),
    )
  assert.equal(sorted({ resources: whole.resources, tables: [joined] }), sorted(whole))
})

s('is the table itself when there is one', () => {
  const [table] = metricsBatch([row('a', {}, 1)]).tables
  assert.is(joinTables([table!]), table)
})

s('is as late as the latest, and of the latest epoch', () => {
  const of = (time: bigint, epoch?: number) =>
    metricsBatch([row('a', {}, 1)], { time, ...(epoch !== undefined && { epoch }) }).tables[0]!
  const { timeUnixNano, epoch, rows } = joinTables([of(5n), of(9n, 2), of(7n, 1)])
  assert.equal([timeUnixNano, epoch, rows], [9n, 2, 3])
  assert.is(joinTables([of(5n), of(6n)]).epoch, undefined)
})
s.run()
