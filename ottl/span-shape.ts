/** Spans as statements see them. */
import type { Coded } from '../pipeline/data/columns.ts'
import type { Resource } from '../pipeline/data/resource.ts'
import {
  SPAN_ID_BYTES,
  SPAN_KIND,
  type SpanStatus,
  type SpanTable,
  STATUS_CODE,
  TRACE_ID_BYTES,
} from '../pipeline/data/traces.ts'
import { editCoded, type Part } from './coded.ts'
import type { Source } from './cursor.ts'
import type { Edit } from './edit.ts'
import { idAt, idText, MASK, maskOf, scopeField } from './fields.ts'
import type { OnError } from './select.ts'
import type { Shape } from './shape.ts'
import { EvaluationError, type Value } from './values.ts'

type Read = (table: SpanTable, at: number) => Value

const KIND_NAMES = new Map(
  Object.keys(SPAN_KIND).map(kind => [kind, kind[0]!.toUpperCase() + kind.slice(1)] as const),
)

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['span.name', ({ name }, code) => name.values[code]],
  ['span.kind', ({ kind }, code) => BigInt(SPAN_KIND[kind.values[code]!])],
  ['span.kind.string', ({ kind }, code) => KIND_NAMES.get(kind.values[code]!)],
  ['span.status.code', ({ status }, code) => BigInt(STATUS_CODE[status.values[code]!.code])],
  ['span.status.message', ({ status }, code) => status.values[code]!.message],
  ['span.trace_id', ({ traceId }, row) => idAt(traceId, TRACE_ID_BYTES, row)],
  ['span.span_id', ({ spanId }, row) => idAt(spanId, SPAN_ID_BYTES, row)],
  ['span.parent_span_id', ({ parentSpanId }, row) => idAt(parentSpanId, SPAN_ID_BYTES, row)],
  ['span.trace_id.string', ({ traceId }, row) => idText(traceId, TRACE_ID_BYTES, row)],
  ['span.span_id.string', ({ spanId }, row) => idText(spanId, SPAN_ID_BYTES, row)],
  ['span.parent_span_id.string', ({ parentSpanId }, row) => idText(parentSpanId, SPAN_ID_BYTES, row)],
  ['span.start_time_unix_nano', ({ startTimeUnixNano }, row) => startTimeUnixNano[row]],
  ['span.end_time_unix_nano', ({ endTimeUnixNano }, row) => endTimeUnixNano[row]],
  ['span.trace_state', () => ''],
])

function sourceOf(name: string): Source | undefined {
  if (name === MASK) return MASK
  return ['name', 'kind', 'status'].find(
    source => name === `span.${source}` || name.startsWith(`span.${source}.`),
  )
}

/** `mask`: per row 1 where the statements of a group apply. */
export function spanShape(table: SpanTable, resources: readonly Resource[], mask?: Uint8Array): Shape {
  const sized = ({ codes, values }: Coded<unknown>) => ({ codes, size: values.length })
  const dictionaries = new Map([
    ['name', sized(table.name)],
    ['kind', sized(table.kind)],
    ['status', sized(table.status)],
  ])
  return {
    rows: table.rows,
    resources,
    resource: table.resource,
    attributes: table.attributes,
    coded: source => dictionaries.get(source) ?? maskOf(source, mask),
    sourceOf,
    read: (name, at) => READERS.get(name)?.(table, at) ?? scopeField(name, table.scope, at),
  }
}

const NAME: Part<string> = { get: name => name, with: (_, value) => value as string }
const MESSAGE: Part<SpanStatus> = {
  get: ({ message }) => message,
  with: (status, value) => ({ ...status, message: value as string }),
}
const STATUS_NAMES = Object.keys(STATUS_CODE) as (keyof typeof STATUS_CODE)[]
const CODE: Part<SpanStatus> = {
  get: ({ code }) => BigInt(STATUS_CODE[code]),
  with(status, value) {
    const code = STATUS_NAMES.find(name => STATUS_CODE[name] === Number(value))
    if (!code) throw new EvaluationError(`span.status.code must be 0, 1 or 2, got ${value}`)
    return { ...status, code }
  },
}

/** The table after an edit of a field. */
export function editSpanField(table: SpanTable, shape: Shape, edit: Edit, onError: OnError): SpanTable {
  if (edit.target.field === 'span.name')
    return {
      ...table,
      name: editCoded(shape, edit, { column: table.name, source: 'name', part: NAME }, onError),
    }
  const part = edit.target.field === 'span.status.code' ? CODE : MESSAGE
  return {
    ...table,
    status: editCoded(shape, edit, { column: table.status, source: 'status', part }, onError),
  }
}
