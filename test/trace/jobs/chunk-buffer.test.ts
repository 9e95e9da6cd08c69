/** A stream and its readers: each at its own pace, in bounded memory. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ChunkBuffer } from '../../../trace/jobs/chunk-buffer.ts'
import { toChunk } from '../../../trace/jobs/encode.ts'
import type { Chunk, StreamReader } from '../../../trace/jobs/job.ts'
import { briefly } from './fake-machine.ts'

/** So many messages, all of one size. */
function chunk(firstSeq: number, count: number): Chunk {
  const lines = Array.from(
    { length: count },
    (_, i) => `{"type":"m","seq":${`${firstSeq + i}`.padStart(90)}}\n`,
  )
  const offsets = Uint32Array.from({ length: count + 1 }, (_, i) => i * lines[0]!.length)
  return { firstSeq, count, bytes: Buffer.from(lines.join('')), offsets }
}
const over = (seq: number) => toChunk(seq, { type: 'over', reason: 'Deleted' })
const numbers = (reader: StreamReader) => briefly(reader).map(text => text.replace('m#', ''))

const s = suite('a stream')
s('gives every reader all from its opening on, and the same bytes', () => {
  const stream = new ChunkBuffer('r', 1e6)
  stream.append(chunk(1, 2))
  const [first, second] = [stream.open(), stream.open()]
  stream.append(chunk(3, 1))
  const [one, two] = [first.take(), second.take()]
  assert.is(one?.kind === 'chunk' && two?.kind === 'chunk' && one.chunk.bytes === two.chunk.bytes, true)
  stream.append(chunk(4, 2))
  assert.equal(numbers(first), ['4', '5'])
  assert.equal([stream.readers, stream.first, stream.last], [2, 1, 5])
})
s('goes on behind the number that a reader had, in the middle of a piece too', () => {
  const stream = new ChunkBuffer('r', 1e6)
  stream.append(chunk(1, 3))
  stream.append(chunk(4, 2))
  assert.equal(numbers(stream.open({ run: 'r', seq: 2 })), ['3', '4', '5'])
  assert.equal(numbers(stream.open({ run: 'r', seq: 3 })), ['4', '5'])
  assert.equal(numbers(stream.open({ run: 'r', seq: 5 })), [])
  assert.equal(numbers(stream.open({ run: 'any', seq: 0 })), ['1', '2', '3', '4', '5'], 'from the beginning')
})
s('says that its numbers are of another run, and begins anew', () => {
  const stream = new ChunkBuffer('r', 1e6)
  stream.append(chunk(1, 2))
  assert.equal(numbers(stream.open({ run: 'q', seq: 77 })), ['missed 0 restarted', '1', '2'])
  assert.equal(numbers(stream.open({ run: 'r', seq: 77 })), ['missed 0 restarted', '1', '2'], 'none of ours')
})
s('forgets the oldest, and tells those who read too slowly how much they missed (J9, J12)', () => {
  const stream = new ChunkBuffer('r', 3000)
  const [slow, fast] = [stream.open(), stream.open()]
  const seen: string[] = []
  for (let seq = 1; seq <= 99; seq += 3) {
    stream.age()
    stream.append(chunk(seq, 3))
    seen.push(...numbers(fast))
  }
  assert.is(seen.length, 99)
  stream.age()
  assert.ok(stream.bytes <= 3000)
  const got = numbers(slow)
  const missed = stream.first - 1
  assert.is(got[0], `missed ${missed} slow_client`)
  assert.is(got.length - 1, 99 - missed)
  assert.equal(numbers(stream.open({ run: 'r', seq: 10 }))[0], `missed ${missed - 10} slow_client`)
})
s('keeps the last piece, however large', () => {
  const stream = new ChunkBuffer('r', 100)
  stream.append(chunk(1, 50))
  stream.age()
  assert.equal([stream.first, stream.last], [1, 50])
  stream.append(chunk(51, 1))
  stream.age()
  assert.equal([stream.first, stream.last], [51, 51])
})
s('keeps a burst beyond its limit until it ages, so that nobody misses what could not be read yet', () => {
  const stream = new ChunkBuffer('r', 3000)
  const reader = stream.open()
  for (let seq = 1; seq <= 300; seq += 3) stream.append(chunk(seq, 3))
  assert.is(numbers(reader).length, 300)
  stream.age()
  assert.ok(stream.bytes <= 3000)
})
s('wakes a reader that has found nothing, once', () => {
  const stream = new ChunkBuffer('r', 1e6)
  const reader = stream.open()
  let woken = 0
  reader.onReadable(() => woken++)
  stream.append(chunk(1, 1))
  assert.is(woken, 0, 'it has not looked yet')
  numbers(reader)
  stream.append(chunk(2, 1))
  stream.append(chunk(3, 1))
  assert.is(woken, 1)
  numbers(reader)
  stream.end(over(4))
  assert.is(woken, 2)
})
s('ends with its last message, which late readers get too', () => {
  const stream = new ChunkBuffer('r', 1e6)
  const reader = stream.open()
  stream.append(chunk(1, 1))
  stream.end(over(2))
  assert.is(reader.isEnded, false)
  assert.equal(numbers(reader), ['1', 'over Deleted#2'])
  assert.is(reader.isEnded, true)
  const late = stream.open()
  assert.equal([numbers(late), late.isEnded], [['over Deleted#2'], true])
  assert.equal(numbers(stream.open({ run: 'r', seq: 1 })), ['over Deleted#2'])
})
s('holds nothing for who has closed (J11)', () => {
  let unused = 0
  const stream = new ChunkBuffer('r', 1e6, () => unused++)
  const [first, second] = [stream.open(), stream.open()]
  first.close()
  first.close()
  assert.equal([unused, stream.readers], [0, 1])
  second.close()
  assert.equal([unused, stream.readers, second.isEnded], [1, 0, true])
  stream.append(chunk(1, 1))
  assert.is(second.take(), undefined)
})
s.run()
