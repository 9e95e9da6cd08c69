/** Log records as text to read: laid out as the Collector's debug exporter does. */
import type { LogTable } from '../../pipeline/data/logs.ts'
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from '../../pipeline/data/traces.ts'
import { idAt, readAttributes, textAt, valueAt } from './event.ts'
import { escapeControls, type Group, pairs, spaced, titled, toTimestamp } from './format.ts'

/** Yields a line per record: its body, or the name of the event if it has none, and `key=value …`. */
export function* normalLogs({ table, rows }: Group<LogTable>): Generator<string> {
  for (const row of rows) {
    const body = escapeControls(textAt(table.body, row) || table.eventName)
    yield spaced(body, ...pairs(readAttributes(table.attributes, row)))
  }
}

/** Yields every field of every record, a line each. */
export function* detailedLogs({ table, rows }: Group<LogTable>): Generator<string> {
  for (const [i, row] of rows.entries()) {
    yield `LogRecord #${i}`
    yield* record(table, row)
  }
}

/** The first numbers of OTLP's SeverityNumber, four of each. */
const SEVERITIES = ['Trace', 'Debug', 'Info', 'Warn', 'Error', 'Fatal']

function* record(table: LogTable, row: number): Generator<string> {
  const { number, text } = valueAt(table.severity, row)
  const body = textAt(table.body, row)
  yield `ObservedTimestamp: ${toTimestamp(table.observedTimeUnixNano)}`
  yield `Timestamp: ${toTimestamp(table.timeUnixNano[row]!)}`
  yield escapeControls(`SeverityText: ${text}`)
  yield `SeverityNumber: ${severityName(number)}(${number})`
  if (table.eventName) yield escapeControls(`EventName: ${table.eventName}`)
  yield body ? escapeControls(`Body: Str(${body})`) : 'Body: Empty()'
  yield* titled('Attributes:', readAttributes(table.attributes, row))
  yield `Trace ID: ${idAt(table.traceId, row, TRACE_ID_BYTES)}`
  yield `Span ID: ${idAt(table.spanId, row, SPAN_ID_BYTES)}`
}

/** `Info`, `Info2` and so on. */
function severityName(number: number): string {
  const name = SEVERITIES[Math.floor((number - 1) / 4)]
  if (name === undefined) return 'Unspecified'
  const place = (number - 1) % 4
  return place === 0 ? name : `${name}${place + 1}`
}
