import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EventBatch, Gap } from '../../../trace/events/events.ts'
import { Pieces } from '../../../trace/session/pieces.ts'
import { ABIS, batchOf, thread } from '../../kit/trace-batch.ts'
import { encodeCall } from '../../kit/traced-call.ts'

const WHO = thread()
const batch = (times: readonly number[], gaps: readonly Partial<Gap>[] = []) =>
  batchOf(
    times.map(time => [WHO, { call: 'close', endNs: BigInt(time) }]),
    gaps,
  )
const BYTES = encodeCall({ call: 'close' }).byteLength

function shown(piece: EventBatch): string {
  const times: string[] = []
  piece.visit(ABIS, { call: ({ endNs }) => times.push(`${endNs}`) })
  return [...times, ...piece.gaps.map(({ reason }) => reason)].join(' ')
}

function all(pieces: Pieces): string[] {
  const seen = [shown(pieces.next())]
  while (pieces.hasMore) seen.push(shown(pieces.next()))
  return seen
}

const s = suite('pieces')
s('are of so many events at most, the losses with the first', () => {
  const pieces = new Pieces({ events: 2, bytes: 1000 * BYTES })
  pieces.add(batch([1, 2, 3, 4, 5], [{ reason: 'ring_full' }]), true)
  assert.equal(all(pieces), ['1 2 ring_full', '3 4', '5'])
  assert.equal(all(pieces), [''], 'and then empty')
})
s('are of so many bytes at most, though one event may be larger', () => {
  for (const [bytes, expected] of [
    [2 * BYTES, ['1 2', '3']],
    [2 * BYTES + 1, ['1 2 3']],
    [1, ['1', '2', '3']],
  ] as const) {
    const pieces = new Pieces({ events: 100, bytes })
    pieces.add(batch([1, 2, 3]), true)
    assert.equal(all(pieces), expected, `${bytes}`)
  }
})
s('come batch after batch', () => {
  const pieces = new Pieces({ events: 2, bytes: 1000 * BYTES })
  pieces.add(batch([1, 2, 3]), true)
  pieces.add(batch([4, 5]), true)
  assert.equal(all(pieces), ['1 2', '3', '4 5'])
})
s('are kept in memory of their own, as far as there is room', () => {
  const pieces = new Pieces({ events: 2, bytes: 1000 * BYTES })
  const one = batch([1, 2, 3, 4, 5])
  pieces.add(one, true)
  assert.is(shown(pieces.next()), '1 2')
  const asked: number[] = []
  pieces.keep((events, index) => {
    asked.push(events.end[index]!)
    return index !== 3
  })
  for (const buffer of one.events.buffers) buffer.fill(0)
  pieces.keep(() => {
    throw new Error('each is asked about once')
  })
  assert.equal([asked, all(pieces)], [[3, 4, 5], ['3 5']])
})
s('are gone if there was room for none', () => {
  const pieces = new Pieces()
  pieces.add(batch([1]), true)
  pieces.keep(() => false)
  assert.is(pieces.hasMore, false)
  pieces.add(batch([], [{ reason: 'ring_full' }]), true)
  pieces.keep(() => false)
  assert.equal(all(pieces), ['ring_full'], 'but losses')
})
s("are forgotten when they are nobody's", () => {
  const pieces = new Pieces()
  pieces.add(batch([1]), true)
  pieces.clear()
  assert.equal(all(pieces), [''])
})
s.run()
