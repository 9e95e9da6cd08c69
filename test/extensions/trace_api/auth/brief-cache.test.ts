import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BriefCache } from '../../../../extensions/trace_api/auth/brief-cache.ts'
import { fakeClock } from '../../../kit/clock.ts'

const cached = suite('BriefCache')

function open(max = 2) {
  const clock = fakeClock()
  const asked: string[] = []
  const cache = new BriefCache<boolean>({ clock, max, holdsMs: is => (is ? 10_000 : 3000) })
  const get = (key: string, answer: boolean | Error = true) =>
    cache.get(key, async () => {
      asked.push(key)
      if (answer instanceof Error) throw answer
      return answer
    })
  return { clock, cache, asked, get }
}

cached('an answer holds as long as it says, and is then asked for anew', async () => {
  const { clock, asked, get } = open()
  await get('yes')
  await get('no', false)
  await clock.advance(2999)
  assert.is(await get('no'), false)
  await clock.advance(1)
  assert.is(await get('no'), true)
  await clock.advance(6999)
  await get('yes')
  assert.equal(asked, ['yes', 'no', 'no'])
  await clock.advance(1)
  await get('yes')
  assert.equal(asked, ['yes', 'no', 'no', 'yes'])
})

cached('who asks meanwhile waits for the same answer', async () => {
  const { cache, asked, get } = open()
  const both = [get('a'), get('a')]
  assert.is(cache.underWay, 1)
  assert.equal(await Promise.all(both), [true, true])
  assert.is(cache.underWay, 0)
  assert.equal(asked, ['a'])
})

cached('a failure goes to all who wait, and is not kept', async () => {
  const { cache, get } = open()
  const both = [get('a', new Error('away')), get('a')]
  assert.equal(
    (await Promise.allSettled(both)).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.is(cache.has('a'), false)
  assert.is(await get('a'), true)
})

cached('the one that was asked for longest ago goes first', async () => {
  const { cache, asked, get } = open()
  await get('a')
  await get('b')
  await get('a')
  await get('c')
  assert.is(cache.size, 2)
  await get('a')
  await get('b')
  assert.equal(asked, ['a', 'b', 'c', 'b'])
})
cached.run()
