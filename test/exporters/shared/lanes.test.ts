import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inLanes } from '../../../exporters/shared/lanes.ts'

async function* count(to: number, ended: () => void = () => {}): AsyncGenerator<number, void> {
  try {
    for (let i = 0; i < to; i++) yield i
  } finally {
    ended()
  }
}
const turn = () => new Promise(resolve => setImmediate(resolve))

const s = suite('inLanes')
for (const lanes of [1, 3, 20])
  s(`gives ten items to ${lanes} at once, each once, in their order`, async () => {
    const begun: number[] = []
    let open = 0
    let most = 0
    await inLanes(count(10), lanes, async item => {
      begun.push(item)
      most = Math.max(most, ++open)
      await turn()
      open--
    })
    assert.equal(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.is(most, Math.min(lanes, 10))
  })
s('waits for what is under way when one fails, takes no more, and ends the source', async () => {
  const done: number[] = []
  let isEnded = false
  const source = count(100, () => {
    isEnded = true
  })
  const failed = inLanes(source, 3, async item => {
    if (item === 1) throw new Error('no')
    for (let i = 0; i < 5; i++) await turn()
    done.push(item)
  })
  assert.is(await failed.catch((error: Error) => error.message), 'no')
  assert.equal(done, [0, 2])
  assert.ok(isEnded)
})
s('rejects with what the source throws', async () => {
  async function* broken(): AsyncGenerator<number, void> {
    yield 1
    throw new Error('broken')
  }
  assert.is(await inLanes(broken(), 2, async () => {}).catch((error: Error) => error.message), 'broken')
})
s.run()
