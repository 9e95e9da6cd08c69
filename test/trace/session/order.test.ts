import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sortedByRuns } from '../../../trace/session/order.ts'
import { seeded } from '../../kit/random.ts'

const s = suite('sortedByRuns')
for (const [name, keys, want] of [
  ['nothing', [], []],
  ['one', [7], [0]],
  ['ascending', [1, 2, 3], [0, 1, 2]],
  ['two runs', [2, 4, 1, 3], [2, 0, 3, 1]],
  ['descending', [3, 2, 1], [2, 1, 0]],
  ['equal keys, which stay in order', [1, 2, 1, 2], [0, 2, 1, 3]],
] as const)
  s(name, () => assert.equal([...sortedByRuns(keys, keys.length)], [...want]))
s('any number of runs, as a stable sort', () => {
  const random = seeded(1)
  for (let runs = 1; runs < 20; runs++) {
    const keys: number[] = []
    for (let run = 0; run < runs; run++) {
      let key = 0
      for (let i = random() * 50; i > 0; i--) {
        key += Math.floor(random() * 3)
        keys.push(key)
      }
    }
    const want = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b)
    assert.equal([...sortedByRuns(keys, keys.length)], want)
  }
})
s('only as many as it is told', () => assert.equal([...sortedByRuns([3, 1, 0], 2)], [1, 0]))
s.run()
