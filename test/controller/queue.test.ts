import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkQueue } from '../../controller/queue.ts'
import { fakeClock } from '../kit/clock.ts'
import { settled } from '../kit/consumers.ts'

interface Options {
  readonly workers?: number
  readonly limit?: number
  readonly work?: (key: string) => Promise<number | undefined>
}

function createQueue({ workers = 2, limit = 100, work }: Options = {}) {
  const clock = fakeClock()
  const begun: string[] = []
  const results: string[] = []
  const ends = new Map<string, () => void>()
  const queue = new WorkQueue({
    clock,
    workers,
    limit,
    random: () => 1,
    async work(key) {
      begun.push(key)
      if (work) return work(key)
      await new Promise<void>(resolve => ends.set(key, resolve))
      return undefined
    },
    onResult: (key, result) => results.push(`${key} ${result}`),
  })
  queue.open()
  const end = async (key: string) => {
    ends.get(key)!()
    await settled()
  }
  return { clock, queue, begun, results, end }
}

const s = suite('WorkQueue')
s('works on a key once at a time, and again if it was added meanwhile', async () => {
  const { queue, begun, end } = createQueue()
  for (const _ of [1, 2, 3]) queue.add('a')
  assert.equal(begun, ['a'])
  await end('a')
  assert.equal(begun, ['a', 'a'], 'three times asked for, two of them while it was worked on')
  await end('a')
  assert.equal(begun, ['a', 'a'])
})
s('has as many workers as it is told, and takes the others in their order', async () => {
  const { queue, begun, end } = createQueue()
  for (const key of ['a', 'b', 'c', 'd', 'c']) queue.add(key)
  assert.equal(begun, ['a', 'b'])
  assert.is(queue.depth, 2)
  await end('b')
  assert.equal(begun, ['a', 'b', 'c'])
})
s('refuses more than it may hold, and takes them again when there is room', async () => {
  const { queue, end } = createQueue({ workers: 1, limit: 2 })
  assert.equal(
    ['a', 'b', 'c', 'd'].map(key => queue.add(key)),
    [true, true, true, false],
  )
  assert.is(queue.add('b'), true, 'which is there already')
  await end('a')
  assert.is(queue.add('d'), true)
})
s('tries again after a failure, ever later, and soon after a success', async () => {
  let isGood = false
  const { clock, queue, begun, results } = createQueue({
    async work() {
      if (!isGood) throw new Error('as told')
      return undefined
    },
  })
  queue.add('a')
  await settled()
  await clock.advance(999)
  assert.is(begun.length, 1)
  await clock.advance(1)
  assert.is(begun.length, 2)
  await clock.advance(2000)
  assert.is(begun.length, 3)
  await clock.advance(24 * 3_600_000)
  assert.ok(begun.length < 310, `${begun.length} tries in a day: one in five minutes`)
  isGood = true
  await clock.advance(300_000)
  assert.is(results.at(-1), 'a done')
  isGood = false
  const before = begun.length
  queue.add('a')
  await settled()
  await clock.advance(1000)
  assert.is(begun.length, before + 2, 'the time begins anew')
})
s('keeps the earlier of two times', async () => {
  const { clock, queue, begun, end } = createQueue()
  queue.addAfter('a', 5000)
  queue.addAfter('a', 1000)
  queue.addAfter('a', 9000)
  await clock.advance(1000)
  assert.equal(begun, ['a'])
  await end('a')
  await clock.advance(10_000)
  assert.equal(begun, ['a'])
  assert.is(clock.pending(), 0)
})
s('begins nothing after it was closed, which waits for what runs', async () => {
  const { clock, queue, begun, end } = createQueue({ workers: 1 })
  queue.add('a')
  queue.add('b')
  queue.addAfter('c', 1000)
  let isClosed = false
  const closed = queue.close().then(() => {
    isClosed = true
  })
  await clock.advance(5000)
  assert.is(isClosed, false)
  await end('a')
  await closed
  await clock.advance(5000)
  assert.equal(begun, ['a'])
  queue.open()
  queue.add('d')
  assert.equal(begun, ['a', 'd'])
})
s.run()
