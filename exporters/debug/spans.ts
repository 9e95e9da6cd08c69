/** Spans as text to read: laid out as the Collector's debug exporter does. */
import { SPAN_ID_BYTES, type SpanTable, TRACE_ID_BYTES } from '../../pipeline/data/traces.ts'
import { idAt, readAttributes, valueAt } from './event.ts'
import { escapeControls, type Group, pairs, spaced, titled, toTimestamp } from './format.ts'

/** Yields a line per span: its name, trace and id, and `key=value …`. */
export function* normalSpans({ table, rows }: Group<SpanTable>): Generator<string> {
  for (const row of rows)
    yield spaced(
      escapeControls(valueAt(table.name, row)),
      idAt(table.traceId, row, TRACE_ID_BYTES),
      idAt(table.spanId, row, SPAN_ID_BYTES),
      ...pairs(readAttributes(table.attributes, row)),
    )
}

/** Yields every field of every span, a line each. */
export function* detailedSpans({ table, rows }: Group<SpanTable>): Generator<string> {
  for (const [i, row] of rows.entries()) {
    yield `Span #${i}`
    yield* span(table, row)
  }
}

function* span(table: SpanTable, row: number): Generator<string> {
  const { code, message } = valueAt(table.status, row)
  yield `    Trace ID       : ${idAt(table.traceId, row, TRACE_ID_BYTES)}`
  yield `    Parent ID      : ${idAt(table.parentSpanId, row, SPAN_ID_BYTES)}`
  yield `    ID             : ${idAt(table.spanId, row, SPAN_ID_BYTES)}`
  yield escapeControls(`    Name           : ${valueAt(table.name, row)}`)
  yield `    Kind           : ${capitalized(valueAt(table.kind, row))}`
  yield `    Start time     : ${toTimestamp(table.startTimeUnixNano[row]!)}`
  yield `    End time       : ${toTimestamp(table.endTimeUnixNano[row]!)}`
  yield `    Status code    : ${capitalized(code)}`
  yield escapeControls(`    Status message : ${message}`)
  yield* titled('Attributes:', readAttributes(table.attributes, row))
}

const capitalized = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
