import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as ws from 'ws'
import {
  EncodedChunks,
  toEvents,
  toFrame,
  toFrames,
} from '../../../../extensions/trace_api/streams/encoded.ts'
import type { Chunk } from '../../../../trace/jobs/job.ts'

/** `sizes`: bytes of each line, without its newline. */
function chunkOf(sizes: readonly number[], firstSeq = 1): Chunk {
  const lines = sizes.map((size, i) => `${String(i % 10).repeat(size)}\n`)
  const offsets = new Uint32Array(sizes.length + 1)
  for (const [i, line] of lines.entries()) offsets[i + 1] = offsets[i]! + line.length
  return { firstSeq, count: sizes.length, bytes: Buffer.from(lines.join('')), offsets }
}

interface Library {
  readonly Sender: { frame(data: Buffer, options: object): Buffer[] }
}

/** The bytes of the same text as the library makes them. */
function frameOfLibrary(text: string): Buffer {
  const { Sender } = ws as unknown as Library
  const options = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true }
  return Buffer.concat(Sender.frame(Buffer.from(text), options))
}

/** Around each length where a frame's header changes. */
const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]

const frames = suite('toFrames')
frames("makes the library's frames, each where its offset says", () => {
  const { bytes, offsets } = toFrames(chunkOf(SIZES))
  assert.is(offsets.length, SIZES.length + 1)
  for (const [i, size] of SIZES.entries())
    assert.ok(
      bytes.subarray(offsets[i], offsets[i + 1]).equals(frameOfLibrary(String(i % 10).repeat(size))),
      `${size}`,
    )
  assert.is(offsets.at(-1), bytes.length)
})
frames('makes nothing of no lines', () => assert.is(toFrames(chunkOf([])).bytes.length, 0))
frames.run()

const frame = suite('toFrame')
for (const text of ['', 'a', 'ä'.repeat(63), 'x'.repeat(70_000)])
  frame(`makes the library's frame of ${text.length} characters`, () =>
    assert.ok(toFrame(text).equals(frameOfLibrary(text))),
  )
frame.run()

const events = suite('toEvents')
events('gives each line its cursor as id', () => {
  const { bytes, offsets } = toEvents(chunkOf([1, 2], 9), 'run1')
  assert.is(bytes.toString(), 'id: run1:9\ndata: 0\n\nid: run1:10\ndata: 11\n\n')
  assert.equal([...offsets], [0, 20, bytes.length])
})
events('has room for the longest numbers', () => {
  const { bytes } = toEvents(chunkOf([1, 1, 1], Number.MAX_SAFE_INTEGER - 2), 'r'.repeat(16))
  assert.is(bytes.toString().split('\n\n').length, 4)
  assert.match(bytes.toString(), `:${Number.MAX_SAFE_INTEGER}\n`)
})
events.run()

const kept = suite('EncodedChunks')
kept('makes a chunk once for all who want it', () => {
  const made: Chunk[] = []
  const chunks = new EncodedChunks(chunk => {
    made.push(chunk)
    return toFrames(chunk)
  }, 1e6)
  const chunk = chunkOf([10])
  assert.is(chunks.of(chunk, 'r'), chunks.of(chunk, 'r'))
  assert.is(made.length, 1)
})
kept('forgets the oldest beyond its bytes, and makes them anew', () => {
  const made: number[] = []
  const chunks = new EncodedChunks(chunk => {
    made.push(chunk.firstSeq)
    return { bytes: Buffer.from(new ArrayBuffer(400)), offsets: new Uint32Array(2) }
  }, 1000)
  const all = [1, 2, 3].map(seq => chunkOf([1], seq))
  for (const chunk of [...all, all[2]!, all[1]!, all[0]!]) chunks.of(chunk, 'r')
  assert.equal(made, [1, 2, 3, 1])
})
kept.run()
