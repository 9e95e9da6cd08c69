import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogger, type LogOptions } from '../../cli/logger.ts'

/** The lines a logger wrote, their time replaced by `T` once it proved to be ISO 8601. */
function linesOf(options: LogOptions, log: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = []
  log(createLogger(options, { write: line => void lines.push(line) }))
  return lines.map(line => line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'T'))
}

const s = suite('createLogger')

s('console: a line to read, with the fields at its end', () => {
  const lines = linesOf({ level: 'debug', encoding: 'console' }, log => {
    log.info({ component: 'ebpf', tables: 2 }, 'Attached')
    log.error({}, 'Gone')
  })
  assert.equal(lines, ['T  info   Attached  {"component":"ebpf","tables":2}\n', 'T  error  Gone\n'])
})

s('json: one object per line', () => {
  const lines = linesOf({ level: 'debug', encoding: 'json' }, log => log.warn({ component: 'ebpf' }, 'Slow'))
  assert.equal(lines, ['{"level":"warn","ts":"T","component":"ebpf","msg":"Slow"}\n'])
})

s('prints the message of an error field', () => {
  const error = new Error('no route', { cause: new Error('hidden') })
  const [line] = linesOf({ level: 'info', encoding: 'json' }, log => log.error({ error }, 'Failed'))
  assert.is(JSON.parse(line!).error, 'no route')
})

const levels = ['debug', 'info', 'warn', 'error'] as const
for (const level of levels)
  s(`level ${level} drops what is below it`, () => {
    const lines = linesOf({ level, encoding: 'json' }, log => {
      for (const each of levels) log[each]({}, each)
    })
    const written = lines.map(line => JSON.parse(line).level)
    assert.equal(written, levels.slice(levels.indexOf(level)))
  })
s.run()
