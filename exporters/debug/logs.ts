/** Log records as text to read: laid out as the Collector's debug exporter does. */
import type { LogsBatch, LogTable } from '../../pipeline/data/logs.ts'
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from '../../pipeline/data/traces.ts'
import { idAt, readAttributes, textAt, valueAt } from './event.ts'
import {
  detailedGroupLines,
  escapeControls,
  groupLines,
  groupRows,
  pairs,
  spaced,
  titled,
  toTimestamp,
} from './format.ts'

/** One line per record: its body, or the name of the event if it has none, and `key=value …`. */
export function* toNormalLogs(batch: LogsBatch): Generator<string> {
  for (const [number, group] of groupRows(batch)) {
    const { table, rows } = group
    yield* groupLines('Logs', number, group)
    for (const row of rows) {
      const body = escapeControls(textAt(table.body, row) || table.eventName)
      yield spaced(body, ...pairs(readAttributes(table.attributes, row)))
    }
  }
}

/** Every field of every record, a line each. */
export function* toDetailedLogs(batch: LogsBatch): Generator<string> {
  for (const [number, group] of groupRows(batch)) {
    yield* detailedGroupLines('Logs', number, group)
    for (const [i, row] of group.rows.entries()) {
      yield `LogRecord #${i}`
      yield* record(group.table, row)
    }
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
