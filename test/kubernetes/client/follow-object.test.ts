import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiError } from '../../../kubernetes/client/api-error.ts'
import { followObject } from '../../../kubernetes/client/follow-object.ts'
import type { RawObject } from '../../../kubernetes/client/list-watch.ts'
import { fakeClock } from '../../kit/clock.ts'
import { rejects } from '../../kit/rejects.ts'

type Answer = RawObject | number
type Events = readonly (readonly [type: string, object: object])[] | number

const object = { group: 'g', version: 'v1', resource: 'traces', namespace: 'shop', name: 'web' }
const at = (resourceVersion: string, uid = 'u1') => ({ metadata: { name: 'web', uid, resourceVersion } })

/** An API server that answers as it is told, in this order; a number is a status. */
function scripted(gets: Answer[], watches: Events[]) {
  const failed = (status: number) => new ApiError(`got ${status}`, { status })
  return {
    async send<T>(): Promise<T> {
      const next = gets.shift() ?? 500
      if (typeof next === 'number') throw failed(next)
      return next as T
    },
    async open(): Promise<AsyncIterable<Buffer>> {
      const next = watches.shift() ?? []
      if (typeof next === 'number') throw failed(next)
      return (async function* () {
        for (const [type, changed] of next)
          yield Buffer.from(`${JSON.stringify({ type, object: changed })}\n`)
      })()
    },
  }
}

async function follow(gets: Answer[], watches: Events[]) {
  const clock = fakeClock()
  const abort = new AbortController()
  const failures: string[] = []
  const seen: (string | undefined)[] = []
  const states = followObject({
    client: scripted(gets, watches),
    object,
    clock,
    abort: abort.signal,
    onFailure: error => void failures.push(error.message),
  })
  const done = (async () => {
    for await (const state of states) seen.push(state?.metadata.resourceVersion)
  })()
  let isDone = false
  void done.then(
    () => (isDone = true),
    () => (isDone = true),
  )
  for (let i = 0; i < 20 && !isDone; i++) await clock.advance(1000)
  abort.abort()
  await done
  return { seen, failures }
}

const s = suite('followObject')
s('gives the object, each change, and its deletion', async () => {
  const changes: Events = [
    ['MODIFIED', at('2')],
    ['BOOKMARK', at('3')],
    ['DELETED', at('4')],
  ]
  assert.equal(await follow([at('1')], [changes]), { seen: ['1', '2', undefined], failures: [] })
})
s('goes on when a watch ends, or its place is forgotten', async () => {
  const { seen, failures } = await follow(
    [at('1'), at('5'), at('6'), 404],
    [[['MODIFIED', at('2')]], 410, []],
  )
  assert.equal([seen, failures], [['1', '2', '5', '6', undefined], []])
})
s('tries again when the server fails, and says so', async () => {
  const { seen, failures } = await follow([500, at('1'), 503, at('2'), 404], [[], []])
  assert.equal(
    [seen, failures],
    [
      ['1', '2', undefined],
      ['got 500', 'got 503'],
    ],
  )
})
s('ends when another object has taken the name', async () => {
  assert.equal((await follow([at('1'), at('9', 'u2')], [[]])).seen, ['1', undefined])
})
for (const status of [401, 403, 404])
  s(`fails when it may not be read, or is not there: ${status}`, async () => {
    await rejects(follow([status], []), 'KUBERNETES_API_FAILED')
  })
s('takes an error within a watch for what it is', async () => {
  const gone: Events = [['ERROR', { code: 410, message: 'too old' }]]
  assert.equal(await follow([at('1'), at('2'), 404], [gone, []]), {
    seen: ['1', '2', undefined],
    failures: [],
  })
})
s.run()
