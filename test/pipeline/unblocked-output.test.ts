import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openUnblocked, UnblockedOutput } from '../../pipeline/unblocked-output.ts'
import { Scratch } from '../kit/cli.ts'
import { fakeClock } from '../kit/clock.ts'
import { settled } from '../kit/consumers.ts'
import { never } from '../kit/context.ts'

const failure = (code: string) => Object.assign(new Error(code), { code })

/** An output whose reader has room for `room` bytes; `fault` is what the system says instead. */
function open(mostBytes = 100) {
  const clock = fakeClock()
  const reader = { room: Number.POSITIVE_INFINITY, fault: '', text: '', writes: 0 }
  const write = (bytes: Uint8Array) => {
    reader.writes++
    if (reader.fault) throw failure(reader.fault)
    if (reader.room === 0) throw failure('EAGAIN')
    const taken = bytes.subarray(0, reader.room)
    reader.room -= taken.length
    reader.text += Buffer.from(taken)
    return taken.length
  }
  const output = new UnblockedOutput({ write, clock, mostBytes })
  return { output, clock, reader }
}

const s = suite('UnblockedOutput')

s('writes at once while there is a reader', () => {
  const { output, reader, clock } = open()
  output.write('a\n')
  output.write('b\n')
  assert.is(reader.text, 'a\nb\n')
  assert.is(clock.pending(), 0)
})

s('keeps the order and every byte of what the reader had no room for', async () => {
  const { output, reader, clock } = open()
  reader.room = 3
  for (const text of ['ab\n', 'cd\n', 'ef\n']) output.write(text)
  assert.is(reader.text, 'ab\n')
  reader.room = 1
  await clock.advance(100)
  assert.is(reader.text, 'ab\nc')
  reader.room = 100
  await clock.advance(100)
  assert.is(reader.text, 'ab\ncd\nef\n')
  assert.is(output.dropped, 0)
  assert.is(clock.pending(), 0)
})

s('drops whole texts beyond its bound, and says how many once it is read again', async () => {
  const { output, reader, clock } = open(10)
  output.onRecovered = dropped => output.write(`${dropped} lost\n`)
  reader.room = 2
  for (let i = 0; i < 9; i++) output.write(`${i}23\n`)
  assert.is(output.dropped, 6)
  reader.room = 1000
  await clock.advance(100)
  assert.is(reader.text, '023\n123\n223\n6 lost\n')
  output.write('on\n')
  assert.is(reader.text, '023\n123\n223\n6 lost\non\n')
  assert.is(output.dropped, 6)
})

s('takes one text that is larger than its bound', async () => {
  const { output, reader, clock } = open(4)
  reader.room = 0
  output.write('0123456789\n')
  reader.room = 100
  await clock.advance(100)
  assert.is(reader.text, '0123456789\n')
})

for (const code of ['EPIPE', 'EIO', 'ENOSPC', 'EBADF'])
  s(`${code} costs texts, not the process, and is tried again with the next`, async () => {
    const { output, reader } = open()
    reader.fault = code
    output.write('a\n')
    output.write('b\n')
    assert.is(output.dropped, 2)
    reader.fault = ''
    output.onRecovered = dropped => assert.is(dropped, 2)
    output.write('c\n')
    assert.is(reader.text, 'c\n')
  })

s('drops what waits when the reader goes', async () => {
  const { output, reader, clock } = open()
  reader.room = 1
  output.write('ab\n')
  output.write('cd\n')
  reader.fault = 'EPIPE'
  await clock.advance(100)
  assert.is(output.dropped, 2)
  await output.drained(never)
})

s('looks seldom at a reader that has stopped for long', async () => {
  const { output, reader, clock } = open()
  reader.room = 0
  output.write('a\n')
  await clock.advance(10_000)
  assert.ok(reader.writes < 220, `${reader.writes} writes in 10 s`)
})

s('drained waits for the reader, and not beyond the deadline', async () => {
  const { output, reader, clock } = open()
  await output.drained(never)
  reader.room = 0
  output.write('a\n')
  const deadline = new AbortController()
  let isOver = false
  void output.drained(deadline.signal).then(() => (isOver = true))
  await settled()
  assert.is(isOver, false)
  deadline.abort()
  await settled()
  assert.is(isOver, true)
  const whole = output.drained(never)
  reader.room = 100
  await clock.advance(100)
  await whole
  await output.drained(deadline.signal)
})
s.run()

/** Fills its standard error, and says what came of it, and whether other holders of the descriptor would still block. */
const FILL = `
  const { openUnblocked } = await import('${new URL('../../pipeline/unblocked-output.ts', import.meta.url)}')
  const { readFileSync, writeSync } = await import('node:fs')
  const { write } = openUnblocked(2)
  let bytes = 0
  try {
    for (;;) bytes += write(Buffer.alloc(4096, 'x'))
  } catch (error) {
    const flags = parseInt(/^flags:\\s+(\\d+)$/m.exec(readFileSync('/proc/self/fdinfo/2', 'utf8'))[1], 8)
    writeSync(1, JSON.stringify({ code: error.code, hasWritten: bytes > 0, isBlocking: (flags & 0o4000) === 0 }))
  }`

const real = suite('openUnblocked')

real('does not wait at a full pipe, and leaves the descriptor as it is for others', () => {
  using scratch = new Scratch()
  const script = 'mkfifo "$2" && exec 2<>"$2" && exec "$0" --input-type=module -e "$1"'
  const args = ['-c', script, process.execPath, FILL, `${scratch.path}/fifo`]
  const { stdout } = spawnSync('sh', args, { encoding: 'utf8', timeout: 20_000 })
  assert.equal(JSON.parse(stdout), { code: 'EAGAIN', hasWritten: true, isBlocking: true })
})

real('does not wait at a full socket', async () => {
  const args = ['--input-type=module', '-e', FILL]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }) // sockets, of which stderr is not read
  let told = ''
  child.stdout.on('data', text => {
    told += text
  })
  await once(child, 'exit')
  child.stderr.destroy()
  const { code, hasWritten } = JSON.parse(told)
  assert.equal({ code, hasWritten }, { code: 'EAGAIN', hasWritten: true })
})

real('closes what it opened for itself, and no more', () => {
  using scratch = new Scratch()
  const path = `${scratch.path}/fifo`
  spawnSync('mkfifo', [path])
  const fd = openSync(path, 'r+')
  const files = () => readdirSync('/proc/self/fd').length
  const before = files()
  const { write, close } = openUnblocked(fd)
  assert.is(files(), before + 1)
  close()
  assert.is(files(), before)
  assert.throws(() => write(Buffer.from('x')), /EBADF/)
  closeSync(fd)
})

real('writes to a file, and to what is not open', () => {
  using scratch = new Scratch()
  const path = scratch.write('log', '')
  const fd = openSync(path, 'a')
  const { write, close } = openUnblocked(fd)
  close()
  assert.is(write(Buffer.from('line\n')), 5)
  assert.is(readFileSync(path, 'utf8'), 'line\n')
  closeSync(fd)
  assert.throws(() => openUnblocked(fd).write(Buffer.from('x')), /EBADF/)
})
real.run()
