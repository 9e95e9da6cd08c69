/** Batches made of some rows of another, of log records or spans. */
import type { EventAttribute, TextColumn } from './columns.ts'
import type { LogsBatch, LogTable } from './logs.ts'
import type { Resource } from './resource.ts'
import { selectCodes } from './select-rows.ts'
import { SPAN_ID_BYTES, type SpanTable, TRACE_ID_BYTES, type TracesBatch } from './traces.ts'

/** The log records of the resources with `isKept[index]`, in their order, and no resource without any; the batch itself when that is all. */
export function selectLogs(batch: LogsBatch, isKept: readonly boolean[]): LogsBatch {
  return select(batch, isKept, selectLogRows)
}

/** The same of spans. */
export function selectSpans(batch: TracesBatch, isKept: readonly boolean[]): TracesBatch {
  return select(batch, isKept, selectSpanRows)
}

interface Table {
  readonly rows: number
  readonly resource: Uint32Array
}

function select<T extends Table>(
  batch: { readonly resources: readonly Resource[]; readonly tables: readonly T[] },
  isKept: readonly boolean[],
  selectRows: (table: T, rows: Uint32Array) => T,
): { readonly resources: readonly Resource[]; readonly tables: readonly T[] } {
  if (!isKept.includes(false)) return batch
  let next = 0
  const renumbered = isKept.map(kept => (kept ? next++ : 0))
  const tables = batch.tables.map(table => {
    const rows = Uint32Array.from(table.resource.keys()).filter(row => isKept[table.resource[row]!])
    const selected = rows.length === table.rows ? table : selectRows(table, rows)
    return { ...selected, resource: selected.resource.map(index => renumbered[index]!) }
  })
  return {
    resources: batch.resources.filter((_, index) => isKept[index]),
    tables: tables.filter(table => table.rows > 0),
  }
}

/** The log records in these rows, in their order. */
export function selectLogRows(table: LogTable, rows: Uint32Array): LogTable {
  const { traceId, spanId } = table
  return {
    ...table,
    rows: rows.length,
    resource: rows.map(row => table.resource[row]!),
    timeUnixNano: BigUint64Array.from(rows, row => table.timeUnixNano[row]!),
    severity: selectCodes(table.severity, rows),
    body: selectTexts(table.body, rows),
    attributes: table.attributes.map(column => selectAttribute(column, rows)),
    ...(traceId && { traceId: selectIds(traceId, TRACE_ID_BYTES, rows) }),
    ...(spanId && { spanId: selectIds(spanId, SPAN_ID_BYTES, rows) }),
  }
}

/** The spans in these rows, in their order. */
export function selectSpanRows(table: SpanTable, rows: Uint32Array): SpanTable {
  return {
    ...table,
    rows: rows.length,
    resource: rows.map(row => table.resource[row]!),
    traceId: selectIds(table.traceId, TRACE_ID_BYTES, rows),
    spanId: selectIds(table.spanId, SPAN_ID_BYTES, rows),
    parentSpanId: selectIds(table.parentSpanId, SPAN_ID_BYTES, rows),
    name: selectCodes(table.name, rows),
    kind: selectCodes(table.kind, rows),
    startTimeUnixNano: BigUint64Array.from(rows, row => table.startTimeUnixNano[row]!),
    endTimeUnixNano: BigUint64Array.from(rows, row => table.endTimeUnixNano[row]!),
    status: selectCodes(table.status, rows),
    attributes: table.attributes.map(column => selectAttribute(column, rows)),
  }
}

function selectAttribute(column: EventAttribute, rows: Uint32Array): EventAttribute {
  if (column.type === 'coded') return selectCodes(column, rows)
  const { present } = column
  const selected =
    column.type === 'integer'
      ? { ...column, values: BigInt64Array.from(rows, row => column.values[row]!) }
      : { ...column, ...selectTexts(column, rows) }
  return { ...selected, ...(present && { present: Uint8Array.from(rows, row => present[row]!) }) }
}

function selectTexts({ bytes, first }: TextColumn, rows: Uint32Array): TextColumn {
  const starts = new Uint32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i++) starts[i + 1] = starts[i]! + first[rows[i]! + 1]! - first[rows[i]!]!
  const texts = new Uint8Array(starts[rows.length]!)
  for (let i = 0; i < rows.length; i++)
    texts.set(bytes.subarray(first[rows[i]!], first[rows[i]! + 1]), starts[i])
  return { bytes: texts, first: starts }
}

function selectIds(ids: Uint8Array, size: number, rows: Uint32Array): Uint8Array {
  const selected = new Uint8Array(size * rows.length)
  for (let i = 0; i < rows.length; i++)
    selected.set(ids.subarray(size * rows[i]!, size * (rows[i]! + 1)), size * i)
  return selected
}
