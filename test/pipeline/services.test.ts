import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Service, Services } from '../../pipeline/services.ts'
import { never } from '../kit/context.ts'

/** A service that says what happens to it. */
function teller(said: string[], name: string, closing: Promise<void> = Promise.resolve()): () => Service {
  return () => {
    said.push(`${name} opened`)
    return {
      async close() {
        said.push(`${name} closing`)
        await closing
        said.push(`${name} closed`)
      },
    }
  }
}

const leases = suite('lease')
leases('opens for the first, and closes after the last', async () => {
  const services = new Services()
  const said: string[] = []
  const [first, second] = await Promise.all([
    services.lease('a', teller(said, 'a')),
    services.lease('a', teller(said, 'another a')),
  ])
  assert.is(first.value, second.value)
  await first.release(never)
  await first.release(never)
  assert.equal(said, ['a opened'])
  await second.release(never)
  assert.equal(said, ['a opened', 'a closing', 'a closed'])
})

leases('keeps keys apart', async () => {
  const services = new Services()
  const said: string[] = []
  const a = await services.lease('a', teller(said, 'a'))
  await services.lease('b', teller(said, 'b'))
  await a.release(never)
  assert.equal(said, ['a opened', 'b opened', 'a closing', 'a closed'])
})

leases('tells a failure to all who wait, and tries again for the next', async () => {
  const services = new Services()
  const said: string[] = []
  const fail = () => Promise.reject(new Error('port taken'))
  const results = await Promise.allSettled([
    services.lease('a', fail),
    services.lease('a', teller(said, 'a')),
  ])
  assert.equal(
    results.map(result => result.status === 'rejected' && result.reason.message),
    ['port taken', 'port taken'],
  )
  const throwing = await services
    .lease('a', () => {
      throw new Error('at once')
    })
    .catch(error => error.message)
  assert.is(throwing, 'at once')
  await services.lease('a', teller(said, 'a'))
  assert.equal(said, ['a opened'])
})

leases('opens a successor when the one before it has closed', async () => {
  const services = new Services()
  const said: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = await services.lease('a', teller(said, 'first', promise))
  const released = first.release(never)
  const second = services.lease('a', teller(said, 'second'))
  await new Promise(setImmediate)
  assert.equal(said, ['first opened', 'first closing'])
  resolve()
  await Promise.all([released, second])
  assert.equal(said, ['first opened', 'first closing', 'first closed', 'second opened'])
})

leases('says what went wrong with closing to who released last, and opens anew nevertheless', async () => {
  const services = new Services()
  const close = () => Promise.reject(new Error('still busy'))
  const lease = await services.lease('a', () => ({ close }))
  assert.is(await lease.release(never).catch(error => error.message), 'still busy')
  assert.ok(await services.lease('a', teller([], 'a')))
})

leases('hands the deadline on', async () => {
  const services = new Services()
  const { signal } = new AbortController()
  let given: AbortSignal | undefined
  const close = async (abort: AbortSignal) => {
    given = abort
  }
  const lease = await services.lease('a', () => ({ close }))
  await lease.release(signal)
  assert.is(given, signal)
})

leases.run()

const holds = suite('hold')
holds('lets a successor take the living service over', async () => {
  const services = new Services()
  const said: string[] = []
  const before = await services.lease('a', teller(said, 'a'))
  const end = services.hold()
  await before.release(never)
  const after = await services.lease('a', teller(said, 'another a'))
  await end(never)
  assert.is(after.value, before.value)
  assert.equal(said, ['a opened'])
  await after.release(never)
  assert.equal(said, ['a opened', 'a closing', 'a closed'])
})

holds('closes at its end what nobody took, in spite of errors, and says them all', async () => {
  const services = new Services()
  const said: string[] = []
  const close = (message: string) => () => ({ close: () => Promise.reject(new Error(message)) })
  const all = await Promise.all([
    services.lease('b', close('b is stuck')),
    services.lease('a', teller(said, 'a')),
    services.lease('c', close('c is stuck')),
  ])
  const end = services.hold()
  for (const lease of all) await lease.release(never)
  assert.equal(said, ['a opened'])
  assert.is(await end(never).catch(error => error.message), 'b is stuck; c is stuck')
  assert.equal(said, ['a opened', 'a closing', 'a closed'])
})

holds('waits for the last of several', async () => {
  const services = new Services()
  const said: string[] = []
  const lease = await services.lease('a', teller(said, 'a'))
  const ends = [services.hold(), services.hold()]
  await lease.release(never)
  await ends[0]!(never)
  await ends[0]!(never)
  assert.equal(said, ['a opened'])
  await ends[1]!(never)
  assert.equal(said, ['a opened', 'a closing', 'a closed'])
})

holds.run()
