import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import { DROPPED } from '../../../pipeline/data/merge-part.ts'
import type { MetricsBatch, MetricTable } from '../../../pipeline/data/metrics.ts'
import { alignRows, sumTables } from '../../../pipeline/data/sum-tables.ts'
import { metricsBatch, type Point, type Row, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { addUp, pointsBySeries, randomRows } from './random-rows.ts'

/** The batch's table with its resources numbered as `order` has their ids. */
function numbered({ tables, resources }: MetricsBatch, order: readonly string[]): MetricTable {
  return { ...tables[0]!, resource: tables[0]!.resource.map(i => order.indexOf(resources[i]!.id)) }
}
const IDS = ['c', 'a', 'b']
const toBatch = (table: MetricTable): MetricsBatch => ({
  resources: IDS.map(id => ({ id, attributes: { 'container.id': id } })),
  tables: [table],
})

const align = suite('alignRows')
align('gives the rows of all tables that are alike the same target, and no other', () => {
  const random = seeded(3)
  for (let round = 0; round < 100; round++) {
    const lists = [0, 1, 2].map(() => randomRows(random, Math.floor(random() * 30)))
    const { targets, ...aligned } = alignRows(lists.map(rows => numbered(metricsBatch(rows), IDS)))
    const rowOf = new Map<string, number>()
    lists.forEach((rows, t) => {
      rows.forEach((row, r) => {
        const series = JSON.stringify([row.resource, Object.entries(row.attributes!).sort()])
        const target = targets[t]![r]!
        assert.is(rowOf.get(series) ?? rowOf.size, target, 'in order of first appearance')
        rowOf.set(series, target)
        const values = aligned.attributes.map(({ key, values, codes }) => [key, values[codes[target]!]])
        const own = Object.fromEntries(values.filter(([, value]) => value !== undefined))
        assert.equal([IDS[aligned.resource[target]!], own], [row.resource, row.attributes])
      })
    })
    assert.is(aligned.rows, rowOf.size)
  }
})
align('keeps no value in a dictionary that no row has, and none twice', () => {
  const { tables } = metricsBatch([{ attributes: { n: 1 }, values: { v: 1 } }])
  const attributes = [{ key: 'n', values: [9, 1, 1], codes: Uint8Array.of(2) }]
  assert.equal(alignRows([{ ...tables[0]!, attributes }]).attributes[0]!.values, [1])
})
align('does not look at rows without a resource', () => {
  const { tables } = metricsBatch([1, 2].map(n => ({ attributes: { n }, values: { v: 1 } })))
  const { rows, targets } = alignRows([{ ...tables[0]!, resource: Uint32Array.of(DROPPED, 0) }])
  assert.equal([rows, [...targets[0]!]], [1, [DROPPED, 0]])
})
align('takes no tables, and tables without rows', () => {
  assert.is(alignRows([]).rows, 0)
  assert.is(alignRows([metricsBatch([]).tables[0]!]).rows, 0)
})
align.run()

const sum = suite('sumTables')
sum('equals the slow sum of all rows, in 100 random cases', () => {
  const random = seeded(4)
  for (let round = 0; round < 100; round++) {
    const lists = [1, 2, 3].map(() => randomRows(random, 1 + Math.floor(random() * 20)))
    const tables = lists.map(rows => numbered(metricsBatch(rows), IDS))
    const before = copyBatch(tables)
    const got = pointsBySeries(toBatch(sumTables(tables.map(table => ({ table })))))
    assert.equal(tables, before, 'no table is written to')
    const want = pointsBySeries(metricsBatch(lists.flat()))
    assert.equal([...got.keys()].sort(), [...want.keys()].sort())
    for (const [series, points] of want) assert.equal(got.get(series)![0]!.value, addUp(points).value, series)
  }
})
const call = (calls: number, more: Partial<Row> = {}): Row => ({ values: { calls }, start: 5n, ...more })
const brief = ({ value, start, ended }: Point) => [value, start, ended]
const sumOf = (rows: readonly Row[], ...lists: readonly { rows: Row[]; isSubtracted?: boolean }[]) => {
  const terms = lists.map(({ rows, ...rest }) => ({ table: metricsBatch(rows).tables[0]!, ...rest }))
  return toPoints(toBatch(sumTables([{ table: metricsBatch(rows).tables[0]! }, ...terms]))).map(brief)
}
sum('takes off what is subtracted, and takes neither its start nor its end', () => {
  const less = { rows: [call(2, { start: 1n, ended: true })], isSubtracted: true }
  assert.equal(sumOf([call(7)], less), [[5n, 5n, false]])
})
sum('has ended where all have', () => {
  assert.equal(sumOf([call(1, { ended: true })], { rows: [call(2)] }), [[3n, 5n, false]])
  assert.equal(sumOf([call(1, { ended: true })], { rows: [call(2, { ended: true })] }), [[3n, 5n, true]])
})
sum.run()
