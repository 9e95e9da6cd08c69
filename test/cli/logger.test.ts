import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogger, type LogOptions, type LogSink } from '../../cli/logger.ts'
import { withFields } from '../../pipeline/log.ts'

/** The lines a logger wrote, their time replaced by `T` once it proved to be ISO 8601. */
function linesOf(options: LogOptions, log: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = []
  log(createLogger(options, { write: line => void lines.push(line) }))
  return lines.map(line => line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'T'))
}

const s = suite('createLogger')

s('console: a line to read, with the fields at its end', () => {
  const lines = linesOf({ level: 'info', encoding: 'console' }, log => {
    log.info({ component: 'ebpf', tables: 2 }, 'Attached')
    log.error({}, 'Gone')
  })
  assert.equal(lines, ['T  info   Attached  {"component":"ebpf","tables":2}\n', 'T  error  Gone\n'])
})

s('json: one object per line', () => {
  const lines = linesOf({ level: 'info', encoding: 'json' }, log => log.warn({ component: 'ebpf' }, 'Slow'))
  assert.equal(lines, ['{"level":"warn","ts":"T","component":"ebpf","msg":"Slow"}\n'])
})

s('debug: every line says where it was written, also through fields that are added', () => {
  const lines = linesOf({ level: 'debug', encoding: 'json' }, log => {
    log.debug({}, 'here')
    withFields(log, { component: 'ebpf' }).error({}, 'here')
  })
  const callers = lines.map(line => JSON.parse(line).caller as string)
  for (const caller of callers) assert.match(caller, /^test\/cli\/logger\.test\.ts:\d+$/)
  const [first, second] = callers.map(caller => Number(caller.split(':')[1]))
  assert.is(second, first! + 1)
})
s('info: no line does', () => {
  const [line] = linesOf({ level: 'info', encoding: 'json' }, log => log.error({}, 'here'))
  assert.is(JSON.parse(line!).caller, undefined)
})

s('prints the message of an error field', () => {
  const error = new Error('no route', { cause: new Error('hidden') })
  const [line] = linesOf({ level: 'info', encoding: 'json' }, log => log.error({ error }, 'Failed'))
  assert.is(JSON.parse(line!).error, 'no route')
})

const hostile = '\u001b[2J\n2026-01-01T00:00:00.000Z  info   forged \u202e\u009b'
s('console: nothing of others acts on a terminal or looks like a line of its own', () => {
  const [line] = linesOf({ level: 'info', encoding: 'console' }, log =>
    log.error({ [hostile]: hostile }, hostile),
  )
  const shown = '\\u001b[2J\\n2026-01-01T00:00:00.000Z  info   forged \\u202e\\u009b'
  const message = shown.replace('\\n', '\n    ')
  assert.is(line, `T  error  ${message}  {"${shown}":"${shown}"}\n`)
})
s('json: the same, and the values stay', () => {
  const [line] = linesOf({ level: 'info', encoding: 'json' }, log => log.error({ from: hostile }, hostile))
  assert.not.match(line!.slice(0, -1), /[\p{Cc}\p{Cf}]/u)
  assert.equal(JSON.parse(line!), { level: 'error', ts: 'T', from: hostile, msg: hostile })
})
s('says how many lines were lost, once they are read again', () => {
  const lines: string[] = []
  const sink: LogSink = { write: line => void lines.push(line) }
  createLogger({ level: 'info', encoding: 'json' }, sink)
  sink.onRecovered!(17)
  const { dropped_lines, msg } = JSON.parse(lines[0]!)
  assert.equal([dropped_lines, msg], [17, 'Lines of this log were lost, since nobody read it'])
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
