import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFileOutput } from '../../../cli/trace/open-output.ts'
import { TextOutput } from '../../../cli/trace/output.ts'
import { Scratch } from '../../kit/cli.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'

const never = new AbortController().signal

const s = suite('openFileOutput')
s('writes files, for their owner alone', async () => {
  using scratch = new Scratch()
  const path = scratch.write('out', 'what was there before, and is longer')
  const output = new TextOutput((await openFileOutput(path, fakeClock(), never))!)
  output.write('one\n')
  await output.end(never)
  assert.is(readFileSync(path, 'utf8'), 'one\n')
  assert.is(statSync(path).mode & 0o777, 0o600)
})
s('says that a file took no more, also of the last of it, and how many calls that is', async () => {
  const output = new TextOutput((await openFileOutput('/dev/full', fakeClock(), never))!)
  output.countCalls = () => 7
  output.write('one\n')
  await output.end(never)
  assert.equal([output.error?.code, output.unwrittenCalls], ['ENOSPC', 7])
})
s('says at once when it cannot', async () => {
  const error = await openFileOutput('/no/such/folder', fakeClock(), never).catch(error => error)
  assert.is(error.code, 'ENOENT')
})
s('waits until a pipe has a reader, and not longer than it must', async () => {
  using scratch = new Scratch()
  const path = join(scratch.path, 'pipe')
  spawnSync('mkfifo', [path])
  const clock = fakeClock()
  const [abort, given] = [new AbortController(), openFileOutput(path, clock, never)]
  const aborted = openFileOutput(path, clock, abort.signal)
  await settled()
  abort.abort()
  assert.is(await aborted, undefined)

  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  await clock.advance(100)
  const output = new TextOutput((await given)!)
  output.write('one\n')
  await output.end(never)
  const bytes = Buffer.alloc(10)
  assert.is(readSync(reader, bytes), 4)
  closeSync(reader)
})
s.run()
