import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { orderByResource } from '../../../exporters/shared/rows-by-resource.ts'

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
