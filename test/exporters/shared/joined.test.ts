import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { joinRequests } from '../../../exporters/shared/joined.ts'
import type { EncodedRequest } from '../../../otlp/encode-table.ts'

/** A source of requests with so many items, each request as many bytes as items. */
const source = (name: string, ...sizes: readonly number[]) => ({
  name,
  async *requests(): AsyncGenerator<EncodedRequest> {
    for (const items of sizes) yield { items, bytes: Buffer.from(name.repeat(items)) }
  },
})
const NONE = { items: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

async function join(sources: readonly ReturnType<typeof source>[], limits = NONE) {
  const joined = []
  for await (const { bytes, items, shares } of joinRequests(sources, limits))
    joined.push([
      Buffer.from(bytes).toString(),
      items,
      ...shares.map(share => `${share.of.name} ${share.items}`),
    ])
  return joined
}

const joined = suite('joinRequests')
joined('makes one of many, and says whose items are in it', async () => {
  assert.equal(await join([source('a', 2), source('b', 1, 1)]), [['aabb', 4, 'a 2', 'b 1', 'b 1']])
})
joined('keeps those of a single source as they are', async () => {
  assert.equal(await join([source('a', 2, 3)]), [
    ['aa', 2, 'a 2'],
    ['aaa', 3, 'a 3'],
  ])
})
for (const [what, limits] of [
  ['items', { ...NONE, items: 3 }],
  ['bytes', { ...NONE, bytes: 3 }],
] as const)
  joined(`keeps to a limit of ${what}, but for a request that is above it already`, async () => {
    assert.equal(await join([source('a', 2), source('b', 2, 1), source('c', 9)], limits), [
      ['aa', 2, 'a 2'],
      ['bbb', 3, 'b 2', 'b 1'],
      ['ccccccccc', 9, 'c 9'],
    ])
  })
joined('makes nothing of nothing', async () => {
  assert.equal(await join([]), [])
  assert.equal(await join([source('a'), source('b')]), [])
})
joined.run()
