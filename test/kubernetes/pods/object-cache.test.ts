import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ObjectMetadata } from '../../../kubernetes/client/api-client.ts'
import { ApiError, type ApiObject } from '../../../kubernetes/client/api-error.ts'
import { ObjectCache } from '../../../kubernetes/pods/object-cache.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'

const namespace = (name: string): ApiObject => ({ group: '', version: 'v1', resource: 'namespaces', name })

function create(answer: (object: ApiObject) => Promise<ObjectMetadata | undefined>) {
  const clock = fakeClock()
  const asked: string[] = []
  const refused: string[] = []
  const client = {
    getMetadata: (object: ApiObject) => {
      asked.push(object.name!)
      return answer(object)
    },
  }
  const cache = new ObjectCache({ client, clock, onRefused: error => refused.push(error.message) })
  return { cache, clock, asked, refused }
}

const s = suite('ObjectCache')

s('asks once, and again after five minutes while it still gives the old answer', async () => {
  let uid = 'one'
  const { cache, clock, asked } = create(async ({ name }) => ({ name: name!, uid }))
  assert.is(cache.get(namespace('a')), undefined)
  assert.is(cache.get(namespace('a')), undefined)
  await settled()
  assert.equal(cache.get(namespace('a')), { name: 'a', uid: 'one' })
  uid = 'two'
  await clock.advance(299_999)
  cache.get(namespace('a'))
  assert.equal(asked, ['a'])
  await clock.advance(1)
  assert.is(cache.get(namespace('a'))?.uid, 'one')
  await settled()
  assert.is(cache.get(namespace('a'))?.uid, 'two')
})

s('asks earlier for who wants it fresher, but after a failure not before its time', async () => {
  let isAway = false
  const { cache, clock, asked } = create(async ({ name }) => {
    if (isAway) throw new Error('away')
    return { name: name!, uid: name! }
  })
  cache.get(namespace('a'), 30_000)
  await settled()
  await clock.advance(29_999)
  cache.get(namespace('a'), 30_000)
  assert.is(asked.length, 1)
  isAway = true
  await clock.advance(1)
  assert.is(cache.get(namespace('a'), 30_000)?.uid, 'a')
  await settled()
  for (let i = 0; i < 5; i++) assert.is(cache.get(namespace('a'), 0)?.uid, 'a')
  assert.is(asked.length, 2)
  await clock.advance(5000)
  cache.get(namespace('a'), 30_000)
  assert.is(asked.length, 3)
})

s('lets who has the time wait for the answer, or for there being none', async () => {
  const { cache } = create(async ({ name }) => {
    if (name === 'away') throw new Error('away')
    return name === 'none' ? undefined : { name: name!, uid: 'u' }
  })
  const found = ['a', 'a', 'none', 'away'].map(name => cache.fetched(namespace(name)))
  assert.equal(await Promise.all(found), [{ name: 'a', uid: 'u' }, { name: 'a', uid: 'u' }, null, undefined])
})

s('lets nobody wait for what is not asked for any more', async () => {
  const { cache } = create(() => new Promise(() => {}))
  for (let i = 0; i < 4; i++) cache.get(namespace(`busy ${i}`))
  const waiting = cache.fetched(namespace('a'))
  cache.close()
  assert.is(await waiting, undefined)
})

s('knows what does not exist, for a minute', async () => {
  const { cache, clock, asked } = create(async () => undefined)
  cache.get(namespace('a'))
  await settled()
  assert.is(cache.get(namespace('a')), null)
  await clock.advance(60_000)
  assert.is(cache.get(namespace('a')), null)
  assert.is(asked.length, 2)
})

s('tells once per kind that it may not ask', async () => {
  const { cache, refused } = create(async ({ name }) => {
    throw new ApiError(`no ${name}`, { status: 403 })
  })
  for (const name of ['a', 'b']) cache.get(namespace(name))
  await settled()
  assert.is(cache.get(namespace('a')), null)
  assert.equal(refused, ['no a'])
})

s('tries again after a failure, and does not take it for an answer', async () => {
  let isUp = false
  const { cache, clock } = create(async ({ name }) => {
    if (!isUp) throw new ApiError('down')
    return { name: name!, uid: 'u' }
  })
  cache.get(namespace('a'))
  await settled()
  assert.is(cache.get(namespace('a')), undefined)
  isUp = true
  await clock.advance(5000)
  cache.get(namespace('a'))
  await settled()
  assert.is(cache.get(namespace('a'))?.uid, 'u')
})

s('asks for four at a time, and forgets those asked for longest ago', async () => {
  const waiting: (() => void)[] = []
  const { cache, asked } = create(async ({ name }) => {
    await new Promise<void>(resolve => void waiting.push(resolve))
    return { name: name!, uid: 'u' }
  })
  for (let n = 0; n < 6000; n++) cache.get(namespace(`n${n}`))
  assert.is(asked.length, 4)
  assert.is(cache.size, 5000)
  waiting.shift()!()
  await settled()
  assert.is(asked.length, 5)
  cache.close()
})
s.run()
