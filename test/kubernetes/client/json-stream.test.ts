import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readJsonItems, readJsonLines } from '../../../kubernetes/client/json-stream.ts'
import { rejects } from '../../kit/rejects.ts'

/** The text in pieces of `size` bytes. */
async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

async function collect(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const value of values) all.push(value)
  return all
}

const TRICKY = [
  { name: 'a', items: [{ items: [1, 2] }, []] },
  { name: 'quote " bracket ]} backslash \\', nested: { items: [] } },
  { name: 'ünïcödé 🦉', text: '"items":[' },
]
const HEAD = { kind: 'PodList', metadata: { resourceVersion: '7', note: '"items": [ \\" ]' } }

const lists: readonly (readonly [string, string, readonly unknown[]])[] = [
  ['items last', JSON.stringify({ ...HEAD, items: TRICKY }), TRICKY],
  ['items first', JSON.stringify({ items: TRICKY, ...HEAD }), TRICKY],
  ['white space everywhere', JSON.stringify({ ...HEAD, items: TRICKY }, null, 3), TRICKY],
  ['no items', JSON.stringify({ ...HEAD, items: [] }), []],
  ['null items', JSON.stringify({ ...HEAD, items: null }), []],
]
const items = suite('readJsonItems')
for (const [name, text, want] of lists)
  items(`reads a list with ${name}, however it is cut`, async () => {
    for (const size of [1, 2, 3, 7, 64, 100_000]) {
      const got: unknown[] = []
      const head = await readJsonItems(pieces(text, size), item => got.push(item))
      assert.equal(got, want, `${size} bytes at a time`)
      assert.is(head.metadata?.resourceVersion, '7')
    }
  })
for (const text of ['', 'Not found', '{"items":[{"a":1},', '{"items":[{"a":}]}'])
  items(`refuses ${JSON.stringify(text)}`, async () => {
    await rejects(
      readJsonItems(pieces(text, 5), () => {}),
      'KUBERNETES_API_FAILED',
    )
  })
items('has one item in memory at a time', async () => {
  const item = { text: 'x'.repeat(10_000) }
  async function* long(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"items":[')
    for (let i = 0; i < 20_000; i++) yield Buffer.from(`${i === 0 ? '' : ','}${JSON.stringify(item)}`)
    yield Buffer.from(']}')
  }
  let count = 0
  let peak = 0
  await readJsonItems(long(), () => {
    if (count++ % 500 === 0) peak = Math.max(peak, process.memoryUsage().rss)
  })
  assert.is(count, 20_000) // 200 MB
  assert.ok(peak < 190e6, `${Math.round(peak / 1e6)} MB`)
})
items.run()

const lines = suite('readJsonLines')
lines('reads values, however they are cut', async () => {
  const text = `${TRICKY.map(value => JSON.stringify(value)).join('\n')}\n\n`
  for (const size of [1, 2, 3, 64, 100_000])
    assert.equal(await collect(readJsonLines(pieces(text, size))), TRICKY)
})
lines('leaves out a line that was cut off', async () => {
  assert.equal(await collect(readJsonLines(pieces('{"a":1}\n{"b":', 100))), [{ a: 1 }])
})
lines('refuses what is not JSON', async () => {
  await rejects(collect(readJsonLines(pieces('too old\n', 3))), 'KUBERNETES_API_FAILED')
})
lines('refuses a line without end', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(2 ** 20, 'x')
  }
  await rejects(collect(readJsonLines(endless())), 'KUBERNETES_API_FAILED')
})
lines.run()
