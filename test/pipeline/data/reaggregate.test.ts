import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import { dropAttributes, reaggregate } from '../../../pipeline/data/reaggregate.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { addUp, pointsBySeries, randomRows } from './random-rows.ts'

const merge = suite('reaggregate')

for (const keys of [[], ['error.type'], ['syscall.name'], ['syscall.name', 'error.type']])
  merge(`equals the slow sum of 200 random tables without ${keys.join(' and ') || 'nothing'}`, () => {
    const random = seeded(keys.length + 1)
    for (let round = 0; round < 200; round++) {
      const batch = metricsBatch(randomRows(random, Math.floor(random() * 40)))
      const before = copyBatch(batch)
      const table = reaggregate(dropAttributes(batch.tables[0]!, new Set(keys)))
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

merge('gives the table itself when all rows differ', () => {
  const { tables } = metricsBatch([
    { attributes: { name: 'a' }, values: { calls: 1 } },
    { attributes: { name: 'b' }, values: { calls: 1 } },
    { attributes: { name: 'b' }, resource: 'other', values: { calls: 1 } },
    { values: { calls: 1 } },
  ])
  assert.is(reaggregate(tables[0]!), tables[0])
})

merge('takes a value that stands twice in a dictionary for one value', () => {
  const batch = metricsBatch([1, 2, 3].map(calls => ({ values: { calls } })))
  const attributes = [{ key: 'class', values: ['x', 'y', 'x'], codes: Uint8Array.of(0, 1, 2) }]
  const table = reaggregate({ ...batch.tables[0]!, attributes })
  const points = toPoints({ ...batch, tables: [table] })
  assert.equal(
    points.map(point => [point.attributes.class, point.value]),
    [
      ['x', 4n],
      ['y', 2n],
    ],
  )
})

merge('tells 1, "1" and true apart', () => {
  const { tables } = metricsBatch(
    [1, '1', true].map(value => ({ attributes: { value }, values: { calls: 1 } })),
  )
  assert.is(reaggregate(tables[0]!).rows, 3)
})

merge('sums seconds to the same last digit in whatever order the rows come', () => {
  const random = seeded(5)
  const sums = Array.from({ length: 1000 }, () => Math.floor(random() * 1e12) / 1e9)
  const total = (order: number[]) => {
    const batch = metricsBatch(order.map(sum => ({ values: { duration: { sum, buckets: { 0: 1 } } } })))
    const point = toPoints({ ...batch, tables: [reaggregate(batch.tables[0]!)] })[0]!
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

merge.run()

const drop = suite('dropAttributes')

drop('takes the named columns away and shares the rest', () => {
  const table = metricsBatch([{ attributes: { a: 1, b: 2 }, values: { calls: 1 } }]).tables[0]!
  const dropped = dropAttributes(table, new Set(['a', 'unknown']))
  assert.equal(
    dropped.attributes.map(column => column.key),
    ['b'],
  )
  assert.is(dropped.attributes[0], table.attributes[1])
  assert.is(dropped.metrics, table.metrics)
})

drop('gives the table itself when it has none of them', () => {
  const table = metricsBatch([{ attributes: { a: 1 }, values: { calls: 1 } }]).tables[0]!
  assert.is(dropAttributes(table, new Set(['b'])), table)
})

drop.run()
