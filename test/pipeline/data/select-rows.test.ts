import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import {
  compactBatch,
  createCodes,
  dropAttributes,
  filterRows,
  selectCodes,
} from '../../../pipeline/data/select-rows.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { randomRows } from './random-rows.ts'

const codes = suite('createCodes')
for (const [size, want] of [
  [1, Uint8Array],
  [256, Uint8Array],
  [257, Uint16Array],
  [65_536, Uint16Array],
  [65_537, Uint32Array],
] as const)
  codes(`uses ${want.name} for a dictionary of ${size}`, () => {
    assert.instance(createCodes(size, 3), want)
    assert.is(createCodes(size, 3).length, 3)
  })
codes.run()

const select = suite('selectCodes')
select('gives the rows asked for, in that order, and shares the dictionary', () => {
  const column = { key: 'a', values: ['x', 'y', undefined], codes: Uint32Array.of(2, 1, 0) }
  const got = selectCodes(column, Uint32Array.of(2, 0, 2))
  assert.equal([...got.codes], [0, 2, 0])
  assert.is(got.values, column.values)
})
select.run()

const filter = suite('filterRows')
filter('equals filtering the points of 200 random tables', () => {
  const random = seeded(11)
  for (let round = 0; round < 200; round++) {
    const rows = randomRows(random, Math.floor(random() * 30))
    const isKept = Uint8Array.from(rows, () => (random() < 0.6 ? 1 : 0))
    const batch = metricsBatch(rows)
    const before = copyBatch(batch)
    const got = toPoints({ ...batch, tables: [filterRows(batch.tables[0]!, isKept)] })
    assert.equal(got, toPoints(metricsBatch(rows.filter((_, r) => isKept[r]))))
    assert.equal(batch, before, 'the batch is not written to')
  }
})
filter('gives the table itself when every row stays', () => {
  const table = metricsBatch(randomRows(seeded(1), 5)).tables[0]!
  assert.is(filterRows(table, new Uint8Array(5).fill(1)), table)
})
filter.run()

const compact = suite('compactBatch')
compact('leaves out tables without rows and resources without rows, and renumbers the rest', () => {
  const batch = metricsBatch(['a', 'b', 'c'].map(resource => ({ resource, values: { v: 1 } })))
  const table = filterRows(batch.tables[0]!, Uint8Array.of(0, 1, 1))
  const empty = filterRows(batch.tables[0]!, Uint8Array.of(0, 0, 0))
  const got = compactBatch({ ...batch, tables: [table, empty] })
  assert.equal(
    got.resources.map(resource => resource.id),
    ['b', 'c'],
  )
  assert.equal(
    toPoints(got).map(point => point.resource),
    ['b', 'c'],
  )
})
compact('gives the batch itself when nothing is empty', () => {
  const batch = metricsBatch([{ values: { v: 1 } }])
  assert.is(compactBatch(batch), batch)
})
compact.run()

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
