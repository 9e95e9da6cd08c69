import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openLogOutputs } from '../../cli/log-outputs.ts'
import { createLogger } from '../../cli/logger.ts'
import { Scratch } from '../kit/cli.ts'
import { fakeClock } from '../kit/clock.ts'

const LOGS = { level: 'info', encoding: 'json' } as const

const s = suite('openLogOutputs')
s('adds to files, each line to all of them', async () => {
  using scratch = new Scratch()
  const [a, b] = [scratch.write('a', 'before\n'), join(scratch.path, 'b')]
  const outputs = openLogOutputs({ ...LOGS, outputs: [a, `file://${b}`, a] })
  outputs.write('line\n')
  await outputs.close()
  assert.is(readFileSync(a, 'utf8'), 'before\nline\n')
  assert.is(readFileSync(b, 'utf8'), 'line\n')
  assert.is(statSync(b).mode & 0o007, 0)
})
s('names the key of a file that cannot be written', () => {
  assert.throws(
    () => openLogOutputs({ ...LOGS, outputs: ['stderr', '/does/not/exist'] }),
    /^service::telemetry::logs::output_paths::1: must be a file that can be written, got "\/does\/not\/exist" \(ENOENT\); create/,
  )
})
s('says once, where it is told to, that lines cannot be written', async () => {
  using scratch = new Scratch()
  const told = join(scratch.path, 'told')
  const outputs = openLogOutputs({ ...LOGS, outputs: ['/dev/full'], errorOutputs: [told] })
  outputs.write('a\n')
  outputs.write('b\n')
  await outputs.close()
  assert.is(readFileSync(told, 'utf8'), 'swoll: the log cannot be written to /dev/full (ENOSPC)\n')
})
s.run()

const lines = suite('lines of the log')
function linesOf(options: Partial<Parameters<typeof createLogger>[0]>, count = 1) {
  const written: string[] = []
  const log = createLogger({ ...LOGS, ...options }, { write: line => void written.push(line) }, fakeClock())
  for (let i = 0; i < count; i++) log.warn({ a: 1 }, 'text')
  return written.map(line => JSON.parse(line) as Record<string, unknown>)
}
lines('have the initial fields, under their own', () => {
  const [line] = linesOf({ fields: { a: 2, host: 'h' } })
  assert.equal([line!.a, line!.host], [1, 'h'])
})
lines('have caller and stack where they are wanted', () => {
  const [line] = linesOf({ hasCaller: true, hasStack: true })
  assert.match(String(line!.caller), /^test\/cli\/log-outputs\.test\.ts:\d+$/)
  assert.match(String(line!.stacktrace).split('\n')[1]!, 'log-outputs.test.ts')
  assert.equal(Object.keys(linesOf({})[0]!), ['level', 'ts', 'a', 'msg'])
})
lines('are left out by sampling, and counted', () => {
  const sampled = linesOf({ sampling: { tickMs: 1000, initial: 1, thereafter: 4 } }, 5)
  assert.equal(
    sampled.map(line => line.sampled_out),
    [undefined, 3],
  )
})
lines.run()
