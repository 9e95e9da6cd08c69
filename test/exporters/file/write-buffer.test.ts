import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WriteBuffer } from '../../../exporters/file/write-buffer.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'

interface Pending {
  readonly text: string
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** A buffer of 10 bytes whose writes end when the test says so. */
function rig() {
  const clock = fakeClock()
  const writes: Pending[] = []
  const settledNotes: string[] = []
  const buffer = new WriteBuffer<string>({
    capacityBytes: 10,
    chunkBytes: 4,
    flushIntervalMs: 1000,
    clock,
    write: bytes =>
      new Promise(
        (resolve, reject) => void writes.push({ text: Buffer.from(bytes).toString(), resolve, reject }),
      ),
    onSettled: (notes, error) => settledNotes.push(`${notes.join('')}${error ? ` ${error.message}` : ''}`),
  })
  const add = (text: string) => buffer.add(Buffer.from(text), text)
  return { clock, writes, settledNotes, buffer, add, texts: () => writes.map(({ text }) => text) }
}

const s = suite('WriteBuffer')
s('writes after the interval, counted from the first chunk', async () => {
  const { clock, texts, add } = rig()
  add('a')
  await clock.advance(900)
  add('b')
  assert.equal(texts(), [])
  await clock.advance(100)
  assert.equal(texts(), ['ab'])
})
s('writes earlier what does not fit any more', () => {
  const { texts, add } = rig()
  for (const chunk of ['aaaa', 'bbbb', 'cccc']) add(chunk)
  assert.equal(texts(), ['aaaabbbb'])
})
s('has no room once one buffer is being written and the other is full', async () => {
  const { writes, buffer, add, texts } = rig()
  for (const chunk of ['aaaa', 'bbbb', 'cccc', 'dddd']) add(chunk)
  assert.is(buffer.hasRoom, false)
  const room = buffer.room(never)
  writes[0]!.resolve()
  await room
  assert.is(buffer.hasRoom, true)
  add('eeee')
  assert.equal(texts(), ['aaaabbbb', 'ccccdddd'])
})
s('stops waiting for room at the abort', async () => {
  const { buffer, add } = rig()
  for (const chunk of ['aaaa', 'bbbb', 'cccc', 'dddd']) add(chunk)
  const deadline = new AbortController()
  const room = buffer.room(deadline.signal)
  deadline.abort()
  await room
  assert.is(buffer.hasRoom, false)
})
s('takes a chunk larger than a buffer', async () => {
  const { buffer, texts, add } = rig()
  add('a'.repeat(25))
  void buffer.shutdown(never)
  assert.equal(texts(), ['a'.repeat(25)])
})
s('settles notes with their write: written, or lost with the reason', async () => {
  const { clock, writes, settledNotes, add } = rig()
  add('a')
  await clock.advance(1000)
  writes[0]!.reject(new Error('disk full'))
  await settled()
  add('b')
  await clock.advance(1000)
  writes[1]!.resolve()
  await settled()
  assert.equal(settledNotes, ['a disk full', 'b'])
})
s('writes what became due during a write as soon as that ends', async () => {
  const { clock, writes, texts, add } = rig()
  add('a')
  await clock.advance(1000)
  add('b')
  await clock.advance(5000)
  assert.equal(texts(), ['a'])
  writes[0]!.resolve()
  await settled()
  assert.equal(texts(), ['a', 'b'])
})
s('shutdown writes both buffers', async () => {
  const { buffer, writes, settledNotes, clock, add } = rig()
  for (const chunk of ['aaaa', 'bbbb', 'cccc']) add(chunk)
  const done = buffer.shutdown(never)
  writes[0]!.resolve()
  await settled()
  writes[1]!.resolve()
  await done
  assert.equal(settledNotes, ['aaaabbbb', 'cccc'])
  assert.is(clock.pending(), 0)
})
s('shutdown ends at the deadline, and what is not written is lost', async () => {
  const { buffer, settledNotes, add } = rig()
  for (const chunk of ['aaaa', 'bbbb', 'cccc']) add(chunk)
  const deadline = new AbortController()
  const done = buffer.shutdown(deadline.signal)
  deadline.abort()
  await done
  assert.equal(settledNotes, ['aaaabbbbcccc not written by the shutdown deadline'])
})
s.run()
