import { Writable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TextOutput } from '../../../cli/trace/output.ts'
import { settled } from '../../kit/consumers.ts'

/** Takes a piece when told to. */
class Reader extends Writable {
  readonly pieces: string[] = []
  #done: ((error?: Error) => void) | undefined
  constructor() {
    super({ decodeStrings: false })
  }
  override _write(piece: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.pieces.push(piece.toString())
    this.#done = done
  }
  read(error?: Error): void {
    this.#done?.(error)
  }
}
const never = new AbortController().signal

const s = suite('TextOutput')
s('hands over large pieces, and the rest when told to', async () => {
  const reader = new Reader()
  const output = new TextOutput(reader)
  const line = `${'x'.repeat(99)}\n`
  for (let i = 0; i < 700; i++) output.write(line)
  assert.equal(
    reader.pieces.map(piece => piece.length),
    [65_600],
  )
  reader.read()
  await settled()
  output.flush()
  output.flush()
  await settled()
  assert.is(reader.pieces.join('').length, 70_000)
})
s('is full while its reader is far behind', async () => {
  const reader = new Reader()
  const output = new TextOutput(reader)
  assert.not(output.isFull)
  output.write('x'.repeat(9 * 2 ** 20))
  assert.ok(output.isFull)
  reader.read()
  await settled()
  assert.not(output.isFull)
})
s('ends when all is written', async () => {
  const reader = new Reader()
  const output = new TextOutput(reader)
  output.write('a')
  let isOver = false
  void output.end(never).then(() => {
    isOver = true
  })
  await settled()
  assert.not(isOver)
  reader.read()
  await settled()
  reader.read() // the empty piece that marks the end
  await settled()
  assert.ok(isOver)
  assert.equal(reader.pieces.join(''), 'a')
})
s('ends when nobody reads, once it must', async () => {
  const output = new TextOutput(new Reader())
  output.write('a')
  const abort = new AbortController()
  const ended = output.end(abort.signal)
  abort.abort()
  await ended
  await output.end(abort.signal)
})
s('knows how many calls its reader has not got', async () => {
  const reader = new Reader()
  const output = new TextOutput(reader)
  let calls = 0
  output.countCalls = () => calls
  assert.is(output.unwrittenCalls, 0)
  for (const text of ['one\n', 'two\nthree\n']) {
    calls += text.split('\n').length - 1
    output.write(text)
    output.flush()
  }
  assert.is(output.unwrittenCalls, 3)
  reader.read()
  await settled()
  assert.is(output.unwrittenCalls, 2)
  reader.read()
  await settled()
  assert.is(output.unwrittenCalls, 0)
})
s('keeps the first error, and takes no more', async () => {
  const reader = new Reader()
  const output = new TextOutput(reader)
  output.write('a')
  output.flush()
  reader.read(Object.assign(new Error('gone'), { code: 'EPIPE' }))
  await settled()
  assert.is(output.error?.code, 'EPIPE')
  output.write('b')
  output.flush()
  assert.not(output.isFull)
  await output.end(never)
  assert.equal(reader.pieces, ['a'])
})
s.run()
