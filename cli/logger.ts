/** The agent's log: pino behind the contract that components see. */
import pino from 'pino'
import type { TelemetryPlan } from '../pipeline/plan.ts'
import type { Logger } from '../pipeline/telemetry.ts'

/** `console`: a line to read, fields as JSON at its end. `json`: one JSON object per line. */
export type LogOptions = TelemetryPlan['logs']

/** Somewhere lines go; each `line` ends in a newline. */
export interface LogSink {
  write(line: string): void
}

/** Standard error, written before the call returns, so that the last line before an exit is not lost. */
export function stderrSink(): LogSink {
  const sink = pino.destination({ fd: 2, sync: true })
  sink.on('error', () => {}) // nobody reads the log any more: carry on without it
  return sink
}

/** A logger that writes to `sink`. Each line has `ts` (ISO 8601, UTC), `level`, `msg` and its fields. */
export function createLogger(options: LogOptions, sink: LogSink = stderrSink()): Logger {
  const target = options.encoding === 'json' ? sink : { write: (line: string) => sink.write(toConsole(line)) }
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }), log: toPlainFields },
    },
    target,
  )
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  }
}

/** Errors as their text, since they have no own enumerable fields. */
function toPlainFields(fields: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields))
    plain[key] = value instanceof Error ? value.message : value
  return plain
}

/** `2026-01-31T10:00:00.000Z  info   Everything is ready  {"pipelines":["metrics"]}` */
function toConsole(line: string): string {
  const { ts, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const tail = Object.keys(fields).length > 0 ? `  ${JSON.stringify(fields)}` : ''
  return `${ts}  ${String(level).padEnd(5)}  ${msg}${tail}\n`
}
