import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { Reaggregator } from '../../../pipeline/data/reaggregator.ts'
import { dropAttributes } from '../../../pipeline/data/select-rows.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { addUp, pointsBySeries, randomRows } from './random-rows.ts'

const s = suite('Reaggregator')

/** One batch after the other; each row `[resource, call, value, ended]`. Gives `resource call → value`, `†` when ended. */
type Short = readonly [string, string, number, boolean?]
function run(batches: readonly (readonly Short[])[]): Record<string, string>[] {
  const reaggregator = new Reaggregator()
  return batches.map(rows => {
    const batch = metricsBatch(
      rows.map(([resource, call, calls, ended = false]): Row => {
        const duration = { sum: calls / 8, buckets: { 3: calls } }
        return { resource, attributes: { call }, values: { calls, duration }, ended }
      }),
    )
    const table = reaggregator.process(batch.tables[0]!, batch.resources)
    const points = toPoints({ ...batch, tables: [table] })
    for (const point of points)
      if (typeof point.value === 'object') assert.is(point.value.count, BigInt(8 * point.value.sum))
    return Object.fromEntries(
      points
        .filter(point => point.metric === 'calls')
        .map(p => [`${p.resource} ${p.attributes.call}`, `${p.value}${p.ended ? ' †' : ''}`]),
    )
  })
}

s('keeps the last value of a part that ended in the sum that goes on', () => {
  const got = run([
    [
      ['a', 'read', 10],
      ['a', 'read', 5],
    ],
    [
      ['a', 'read', 11],
      ['a', 'read', 6, true],
    ],
    [['a', 'read', 12]],
    [['a', 'read', 13]],
  ])
  assert.equal(
    got.map(batch => batch['a read']),
    ['15', '17', '18', '19'],
  )
})

s('ends a sum with its last part, and starts anew without the past', () => {
  const got = run([
    [
      ['a', 'read', 10, true],
      ['a', 'read', 5],
    ],
    [['a', 'read', 6, true]],
    [['a', 'read', 1]],
  ])
  assert.equal(got, [{ 'a read': '15' }, { 'a read': '16 †' }, { 'a read': '1' }])
})

s('finds its sums again when resources change places', () => {
  const got = run([
    [
      ['a', 'read', 10, true],
      ['a', 'read', 1],
      ['b', 'read', 7],
    ],
    [
      ['b', 'read', 8],
      ['c', 'read', 9],
      ['a', 'read', 2],
    ],
  ])
  assert.equal(got[1], { 'b read': '8', 'c read': '9', 'a read': '12' })
})

s('forgets what is carried for a sum that vanished', () => {
  const got = run([
    [
      ['a', 'read', 10, true],
      ['a', 'read', 1],
      ['b', 'read', 1],
    ],
    [['b', 'read', 2]],
    [
      ['a', 'read', 3],
      ['b', 'read', 3],
    ],
  ])
  assert.equal(got[1], { 'b read': '2' })
  assert.equal(got[2], { 'a read': '3', 'b read': '3' })
})

s('holds no more of the past with every batch', () => {
  const reaggregator = new Reaggregator()
  const names = Array.from({ length: 50 }, (_, i) => `call ${i}`)
  const rows = names.map((call): Row => ({ resource: 'a', attributes: { call }, values: { calls: 1 } }))
  const batchOf = (hasEnd: boolean) => metricsBatch(hasEnd ? [...rows, { ...rows[0]!, ended: true }] : rows)
  for (let step = 0; step < 5; step++) {
    const batch = batchOf(step === 0)
    const { attributes } = reaggregator.process(batch.tables[0]!, batch.resources)
    assert.is(attributes[0]!.values.length, names.length, `batch ${step}`)
  }
})

s.run()

const once = suite('one table')
const reaggregate = ({ tables, resources }: MetricsBatch) => new Reaggregator().process(tables[0]!, resources)

for (const keys of [[], ['error.type'], ['syscall.name'], ['syscall.name', 'error.type']])
  once(`equals the slow sum of 200 random tables without ${keys.join(' and ') || 'nothing'}`, () => {
    const random = seeded(keys.length + 1)
    for (let round = 0; round < 200; round++) {
      const batch = metricsBatch(randomRows(random, Math.floor(random() * 40)))
      const before = copyBatch(batch)
      const table = reaggregate({ ...batch, tables: [dropAttributes(batch.tables[0]!, new Set(keys))] })
      const got = pointsBySeries({ ...batch, tables: [table] })
      const want = pointsBySeries(batch, keys)
      assert.equal([...got.keys()].sort(), [...want.keys()].sort())
      for (const [id, points] of want) {
        assert.is(got.get(id)!.length, 1)
        const { start, ended, value } = got.get(id)![0]!
        if (!id.includes('duration')) assert.equal({ start, ended, value }, addUp(points), id)
        else assert.equal(value, addUp(points).value, id) // a row without a histogram point still has a start and an end
      }
      assert.equal(batch, before, 'the batch is not written to')
    }
  })

once('gives the table itself when all rows differ', () => {
  const batch = metricsBatch([
    { attributes: { name: 'a' }, values: { calls: 1 } },
    { attributes: { name: 'b' }, values: { calls: 1 } },
    { attributes: { name: 'b' }, resource: 'other', values: { calls: 1 } },
    { values: { calls: 1 } },
  ])
  assert.is(reaggregate(batch), batch.tables[0])
})

once('takes a value that stands twice in a dictionary for one value', () => {
  const batch = metricsBatch([1, 2, 3].map(calls => ({ values: { calls } })))
  const attributes = [{ key: 'class', values: ['x', 'y', 'x'], codes: Uint8Array.of(0, 1, 2) }]
  const table = reaggregate({ ...batch, tables: [{ ...batch.tables[0]!, attributes }] })
  const points = toPoints({ ...batch, tables: [table] })
  assert.equal(
    points.map(point => [point.attributes.class, point.value]),
    [
      ['x', 4n],
      ['y', 2n],
    ],
  )
})

once('tells 1, "1" and true apart', () => {
  const batch = metricsBatch([1, '1', true].map(value => ({ attributes: { value }, values: { calls: 1 } })))
  assert.is(reaggregate(batch).rows, 3)
})

once('sums seconds to the same last digit in whatever order the rows come', () => {
  const random = seeded(5)
  const sums = Array.from({ length: 1000 }, () => Math.floor(random() * 1e12) / 1e9)
  const total = (order: number[]) => {
    const batch = metricsBatch(order.map(sum => ({ values: { duration: { sum, buckets: { 0: 1 } } } })))
    const point = toPoints({ ...batch, tables: [reaggregate(batch)] })[0]!
    return (point.value as { sum: number }).sum
  }
  const want = total(sums)
  assert.is.not(
    sums.reduce((a, b) => a + b),
    sums.toReversed().reduce((a, b) => a + b),
    'plain addition depends on the order here',
  )
  for (const other of [sums.toReversed(), sums.toSorted((a, b) => a - b), sums.toSorted((a, b) => b - a)])
    assert.is(total(other), want)
})

once.run()
