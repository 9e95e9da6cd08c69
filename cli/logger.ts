/** The agent's log: pino behind the contract that components see. */
import pino from 'pino'
import { type Clock, systemClock } from '../pipeline/clock.ts'
import type { TelemetryPlan } from '../pipeline/plan.ts'
import { printable, printableLines } from '../pipeline/printable.ts'
import type { Logger } from '../pipeline/telemetry.ts'
import { findCaller } from './caller.ts'
import { LogSampler } from './log-sampler.ts'
import { stderr } from './stderr.ts'

/** `console`: a line to read, fields as JSON at its end. `json`: one JSON object per line. */
export type LogOptions = TelemetryPlan['logs']

/** Somewhere lines go; each `line` ends in a newline. */
export interface LogSink {
  write(line: string): void
  /** Called by it when it takes lines again after it lost some, with how many. */
  onRecovered?: (dropped: number) => void
}

/**
 * A logger that writes to `sink`. Each line has `ts` (ISO 8601, UTC), `level`, `msg` and its fields, and nothing in it that a
 * terminal would obey. With `hasCaller`, also `caller`: file and line of the source that wrote it; with `hasStack`, the stack of a
 * warning or error. Further lines of a message are indented, so that none looks like a line of its own.
 */
export function createLogger(
  options: LogOptions,
  sink: LogSink = stderr(),
  clock: Pick<Clock, 'monotonicMs'> = systemClock,
): Logger {
  const sampler = options.sampling && new LogSampler(options.sampling, clock)
  const toLine = options.encoding === 'json' ? toJson : toConsole
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }), log: toPlainFields },
    },
    { write: (line: string) => sink.write(toLine(line)) },
  )
  sink.onRecovered = dropped_lines =>
    log.warn({ dropped_lines }, 'Lines of this log were lost, since nobody read it')
  const hasCaller = options.hasCaller ?? options.level === 'debug'
  const write = (level: LogOptions['level'], fields: Fields, message: string) => {
    if (!log.isLevelEnabled(level)) return
    const leftOut = sampler ? sampler.take(level, message) : 0
    if (leftOut === undefined) return
    const caller = hasCaller ? { caller: findCaller(write) } : {}
    const stack = options.hasStack && SERIOUS.has(level) ? { stacktrace: stackAbove(write) } : {}
    const sampled = leftOut > 0 ? { sampled_out: leftOut } : {}
    log[level]({ ...options.fields, ...fields, ...caller, ...stack, ...sampled }, message)
  }
  return {
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
  }
}

const SERIOUS: ReadonlySet<string> = new Set(['warn', 'error'])

/** The stack as text, from the caller of `above` on. */
function stackAbove(above: (...given: never[]) => unknown): string {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, above)
  return String(holder.stack)
    .split('\n')
    .slice(1)
    .map(line => line.trim())
    .join('\n')
}

type Fields = Readonly<Record<string, unknown>>

/** Errors as their text, since they have no own enumerable fields. */
function toPlainFields(fields: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields))
    plain[key] = value instanceof Error ? value.message : value
  return plain
}

function toJson(line: string): string {
  return `${printable(line.trimEnd())}\n`
}

/** `2026-01-31T10:00:00.000Z  info   Everything is ready  {"pipelines":["metrics"]}` */
function toConsole(line: string): string {
  const { ts, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const message = printableLines(String(msg)).replaceAll('\n', '\n    ')
  const tail = Object.keys(fields).length > 0 ? `  ${printable(JSON.stringify(fields))}` : ''
  return `${ts}  ${String(level).padEnd(5)}  ${message}${tail}\n`
}
