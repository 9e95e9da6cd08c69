/** Log records as statements see them. */
import type { LogTable, Severity } from '../pipeline/data/logs.ts'
import type { Resource } from '../pipeline/data/resource.ts'
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from '../pipeline/data/traces.ts'
import { editCoded, editTexts, type Part } from './coded.ts'
import type { Edit } from './edit.ts'
import { idAt, idText, MASK, maskOf, scopeField } from './fields.ts'
import type { OnError } from './select.ts'
import { type Shape, textIn } from './shape.ts'
import { EvaluationError, type Value } from './values.ts'

type Read = (table: LogTable, at: number) => Value

/** By dictionary code where `sourceOf` says so, else by row. */
const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['log.time_unix_nano', ({ timeUnixNano }, row) => timeUnixNano[row]],
  ['log.observed_time_unix_nano', ({ observedTimeUnixNano }) => observedTimeUnixNano],
  ['log.severity_number', ({ severity }, code) => BigInt(severity.values[code]!.number)],
  ['log.severity_text', ({ severity }, code) => severity.values[code]!.text],
  ['log.body', ({ body }, row) => textIn(body, row) || undefined],
  ['log.body.string', ({ body }, row) => textIn(body, row) || undefined],
  ['log.event_name', ({ eventName }) => eventName],
  ['log.trace_id', ({ traceId }, row) => idAt(traceId, TRACE_ID_BYTES, row)],
  ['log.span_id', ({ spanId }, row) => idAt(spanId, SPAN_ID_BYTES, row)],
  ['log.trace_id.string', ({ traceId }, row) => idText(traceId, TRACE_ID_BYTES, row)],
  ['log.span_id.string', ({ spanId }, row) => idText(spanId, SPAN_ID_BYTES, row)],
  ['log.flags', () => 0n],
  ['log.dropped_attributes_count', () => 0n],
])

/** `mask`: per row 1 where the statements of a group apply. */
export function logShape(table: LogTable, resources: readonly Resource[], mask?: Uint8Array): Shape {
  return {
    rows: table.rows,
    resources,
    resource: table.resource,
    attributes: table.attributes,
    coded: source =>
      source === 'severity'
        ? { codes: table.severity.codes, size: table.severity.values.length }
        : maskOf(source, mask),
    sourceOf: name => (name.startsWith('log.severity') ? 'severity' : name === MASK ? MASK : undefined),
    read: (name, at) => READERS.get(name)?.(table, at) ?? scopeField(name, table.scope, at),
  }
}

const NUMBER: Part<Severity> = {
  get: ({ number }) => BigInt(number),
  with(severity, value) {
    const number = Number(value)
    if (number < 0 || number > 24)
      throw new EvaluationError(`log.severity_number must be 0 to 24, got ${value}`)
    return { ...severity, number }
  },
}
const TEXT: Part<Severity> = {
  get: ({ text }) => text,
  with: (severity, value) => ({ ...severity, text: value as string }),
}

/** The table after an edit of a field. */
export function editLogField(table: LogTable, shape: Shape, edit: Edit, onError: OnError): LogTable {
  if (edit.target.field!.startsWith('log.body')) {
    const body = editTexts(
      shape,
      edit,
      { column: table.body, textAt: row => textIn(table.body, row) },
      onError,
    )
    return { ...table, body }
  }
  const part = edit.target.field === 'log.severity_number' ? NUMBER : TEXT
  return {
    ...table,
    severity: editCoded(shape, edit, { column: table.severity, source: 'severity', part }, onError),
  }
}
