import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DensePairs, PairIds } from '../../stats/query/pair-ids.ts'
import { seeded } from '../kit/random.ts'

const s = suite('numbers of pairs')
for (const [name, ids] of [
  ['of any pairs', new PairIds()],
  ['where few are possible', new DensePairs(70, 90)],
] as const)
  s(`count from 0, the same for the same pair, ${name}`, () => {
    const random = seeded(3)
    const known = new Map<string, number>()
    for (let i = 0; i < 10_000; i++) {
      const [left, right] = [Math.floor(random() * 70), Math.floor(random() * 90)]
      const key = `${left} ${right}`
      const id = ids.idOf(left, right)
      assert.is(id, known.get(key) ?? known.size)
      known.set(key, id)
      assert.equal([ids.left(id), ids.right(id)], [left, right])
    }
    assert.is(ids.size, known.size)
  })
s.run()
