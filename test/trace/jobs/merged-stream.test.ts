/** The stream of all jobs: every event once, by path. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SeenCalls } from '../../../trace/jobs/seen-calls.ts'
import { encodeEnd, encodeThread, ring } from '../session/fake-tracing.ts'
import { anyClose, briefly, close, fakeTable, takeAll, who } from './fake-machine.ts'

const merged = suite('the stream of all jobs')
merged('has each event once, though several jobs want it, with numbers of its own', async () => {
  const { table, tracing, look } = fakeTable()
  for (const id of ['a', 'b', 'c']) await table.create(anyClose({ id }))
  const reader = table.streamOf({}, () => true).open()
  tracing.rings = [
    ring(who, close(1, 7n), close(3, 2n), close(5, 4n), close(7, 5n), encodeEnd({ tid: 1, timeNs: 9n })),
  ]
  await look()
  tracing.rings = [ring(encodeThread({ tid: 2 }), close(11, 6n), close(11, 6n, 2))]
  await look()
  const lines = takeAll(reader) as { type: string; seq: number; finish?: number; tid: number }[]
  assert.equal(
    lines.map(({ seq }) => seq),
    lines.map((_, i) => i + 1),
  )
  const told = lines.map(({ type, tid, finish }) => `${type} of ${tid}${finish ? ` at ${finish % 100}` : ''}`)
  assert.equal(
    told.slice(0, 5).sort(),
    ['call of 1 at 1', 'call of 1 at 3', 'call of 1 at 5', 'call of 1 at 7', 'end of 1'].sort(),
  )
  assert.equal(told.slice(5), ['call of 1 at 11', 'call of 2 at 11'])
})
merged('has what those jobs get alone that it includes', async () => {
  const { table, tracing, look } = fakeTable()
  for (const id of ['a', 'b']) await table.create(anyClose({ id }))
  const reader = table.streamOf({}, ({ id }) => id === 'b').open()
  tracing.rings = [ring(who, close(1, 1n), close(3, 2n))]
  await look()
  assert.equal(briefly(reader), ['call 3#1'])
})
merged('has what is on its path alone', async () => {
  const { table, tracing, look } = fakeTable()
  await table.create(anyClose())
  const [all, shop] = [{}, { namespace: 'shop' }].map(path => table.streamOf(path, () => true).open())
  tracing.rings = [ring(who, close(1))]
  await look()
  assert.equal(briefly(all!), ['call 1#1'])
  assert.equal(briefly(shop!), [])
})
merged('has losses of nobody in particular where they may be of its namespace', async () => {
  const { table, tracing, look } = fakeTable()
  for (const [id, namespace] of [
    ['a', 'shop'],
    ['b', 'bank'],
  ] as const)
    await table.create(anyClose({ id, place: { namespace } }))
  const [shop, pod] = [{ namespace: 'shop' }, { namespace: 'shop', pod: 'web-0' }].map(path =>
    table.streamOf(path, () => true).open(),
  )
  tracing.lose(1n, 0, 'ring_full', 3)
  tracing.lose(2n, 0, 'ring_full', 5)
  await look()
  for (const reader of [shop!, pod!]) assert.equal(briefly(reader), ['lost 3 ring_full#1'])
})
merged('is given nothing any more when its last reader has closed (J11)', async () => {
  const { table, tracing, look } = fakeTable()
  let asked = 0
  await table.create(anyClose())
  const reader = table.streamOf({}, () => asked++ >= 0).open()
  tracing.rings = [ring(who, close(1))]
  await look()
  reader.close()
  tracing.rings = [ring(close(2))]
  await look()
  assert.is(asked, 1)
})
merged.run()

const seen = suite('calls that were seen')
seen('are the same where they overlap, as two sessions time them', () => {
  const calls = new SeenCalls()
  assert.is(calls.add(1, 100, 200), true)
  assert.is(calls.add(1, 100, 200), false)
  assert.is(calls.add(1, 90, 205), false, 'began earlier, ended later')
  assert.is(calls.add(1, 110, 195), false)
  assert.is(calls.add(2, 100, 200), true, 'of another thread')
})
seen('are told in any order', () => {
  const calls = new SeenCalls()
  for (const start of [100, 300, 500, 700]) assert.is(calls.add(1, start, start + 50), true)
  for (const start of [0, 200, 400, 600, 800]) assert.is(calls.add(1, start, start + 50), true)
  for (let start = 0; start <= 800; start += 100) assert.is(calls.add(1, start + 5, start + 45), false)
})
seen('are forgotten when no job can get them any more', () => {
  const calls = new SeenCalls()
  for (let n = 0; n < 200_000; n++) calls.add(1, n * 10, n * 10 + 5)
  assert.is(calls.add(1, 1_999_990, 1_999_995), false)
  assert.is(calls.add(1, 0, 5), true, 'long gone')
  for (let n = 0; n < 100; n++) calls.add(2, n * 1e9, n * 1e9 + 5)
  assert.is(calls.add(2, 0, 5), true)
  assert.is(calls.add(2, 98e9, 98e9 + 5), false)
})
seen('of threads that are no more are forgotten, however many there were', () => {
  const calls = new SeenCalls()
  for (let thread = 0; thread < 1000; thread++)
    for (let n = 0; n < 100; n++) calls.add(thread, thread * 1e8 + n * 100, thread * 1e8 + n * 100 + 5)
  assert.ok(calls.size <= 200 * 100, `${calls.size} are those of 20 s at most`)
  assert.is(calls.add(999, 999e8, 999e8 + 5), false)
})
seen.run()
