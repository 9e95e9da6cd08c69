import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { firstOf } from '../../stats/query/largest.ts'
import { seeded } from '../kit/random.ts'

const s = suite('firstOf')
for (const count of [0, 1, 2, 7, 1000])
  for (const limit of [0, 1, 2, 3, 500, 1000, 2000])
    s(`the first ${limit} of ${count} are those of all in order`, () => {
      const random = seeded(count + limit)
      // Few different ones: most are told apart by their number alone.
      const values = Array.from({ length: count }, () => Math.floor(random() * 20))
      const isBefore = (a: number, b: number) => (values[a] === values[b] ? a < b : values[a]! > values[b]!)
      const all = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b)
      assert.equal([...firstOf(count, limit, isBefore)], all.slice(0, limit))
    })
s.run()
