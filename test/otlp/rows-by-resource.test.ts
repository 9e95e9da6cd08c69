import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { orderByResource, rowsByResource } from '../../otlp/rows-by-resource.ts'

const table = { resource: Uint32Array.from([2, 0, 2, 1, 0, 2]) }
const s = suite('orderByResource')
for (const [name, from, to, want] of [
  ['all rows', 0, 6, [1, 4, 3, 0, 2, 5]],
  ['a range of rows', 2, 5, [4, 3, 2]],
  ['one row', 5, 6, [5]],
  ['no rows', 3, 3, []],
] as const)
  s(`puts those of a resource together, in their order: ${name}`, () => {
    assert.equal([...orderByResource(table, { from, to, resources: 3 })], want)
  })
s.run()

/** Returns the resource and the rows of each run. */
function runsOf(isByResource: boolean, from: number, to: number): readonly [number, readonly number[]][] {
  const { order, runs } = rowsByResource({ ...table, rows: 6 }, { resources: 3, isByResource })(from, to)
  return runs.map(run => [run.owner, [...order.subarray(run.from, run.to)]])
}

const runs = suite('rowsByResource')
runs('a part is of the rows as the table has them', () => {
  assert.equal(runsOf(false, 1, 4), [
    [0, [1]],
    [1, [3]],
    [2, [2]],
  ])
})
runs('a part is of the rows by resource, if the writer wants them so', () => {
  assert.equal(runsOf(true, 1, 4), [
    [0, [4]],
    [1, [3]],
    [2, [0]],
  ])
})
runs('no rows are no runs', () => assert.equal([runsOf(false, 3, 3), runsOf(true, 3, 3)], [[], []]))
runs.run()
