/** Logs and traces batches from plain rows, and back, so that tests read as tables. */
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { Coded, EventAttribute, TextColumn } from '../../pipeline/data/columns.ts'
import { INFO, type LogsBatch, type LogTable, type Severity } from '../../pipeline/data/logs.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { createCodes } from '../../pipeline/data/select-rows.ts'
import { TextBuilder } from '../../pipeline/data/text-builder.ts'
import type { SpanKind, SpanStatus, SpanTable, TracesBatch } from '../../pipeline/data/traces.ts'

/** A bigint goes into an integer column, anything else into a dictionary, or into a text column if `texts` names its key. */
export type EventAttributes = Readonly<Record<string, AttributeValue | bigint>>

interface EventRow {
  /** A string stands for a resource of that id whose `container.id` is the same. Default: `a`. */
  readonly resource?: string | Resource
  readonly attributes?: EventAttributes
  /** Hexadecimal. */
  readonly traceId?: string
  readonly spanId?: string
}
export interface LogRow extends EventRow {
  readonly time?: bigint
  readonly severity?: Severity
  readonly body?: string
}
export interface SpanRow extends EventRow {
  readonly parentSpanId?: string
  readonly name?: string
  readonly kind?: SpanKind
  readonly start?: bigint
  readonly end?: bigint
  readonly status?: SpanStatus
}
interface EventOptions {
  readonly scope?: string
  /** Attributes whose values are mostly unique texts. */
  readonly texts?: readonly string[]
}

/** One table with the rows in order. */
export function logsBatch(
  rows: readonly LogRow[],
  options: EventOptions & { readonly eventName?: string; readonly observed?: bigint } = {},
): LogsBatch {
  const { resources, ...shared } = sharedColumns(rows, options)
  const table: LogTable = {
    ...shared,
    eventName: options.eventName ?? '',
    timeUnixNano: BigUint64Array.from(rows, row => row.time ?? 1_000n),
    observedTimeUnixNano: options.observed ?? 2_000n,
    severity: code(rows.map(row => row.severity ?? INFO)),
    body: toTextColumn(rows.map(row => row.body ?? '')),
    ...(rows.some(row => row.traceId) && { traceId: toIds(rows, 'traceId', 16) }),
    ...(rows.some(row => row.spanId) && { spanId: toIds(rows, 'spanId', 8) }),
  }
  return { resources, tables: [table] }
}

/** One table with the rows in order. Ids that a row lacks are made of its number. */
export function spansBatch(rows: readonly SpanRow[], options: EventOptions = {}): TracesBatch {
  const numbered = rows.map((row, i) => ({
    traceId: '1'.padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    ...row,
  }))
  const { resources, ...shared } = sharedColumns(rows, options)
  const table: SpanTable = {
    ...shared,
    traceId: toIds(numbered, 'traceId', 16),
    spanId: toIds(numbered, 'spanId', 8),
    parentSpanId: toIds(rows, 'parentSpanId', 8),
    name: code(rows.map(row => row.name ?? 'span')),
    kind: code(rows.map(row => row.kind ?? 'internal')),
    startTimeUnixNano: BigUint64Array.from(rows, row => row.start ?? 1_000n),
    endTimeUnixNano: BigUint64Array.from(rows, row => row.end ?? 2_000n),
    status: code(rows.map(row => row.status ?? { code: 'unset', message: '' })),
  }
  return { resources, tables: [table] }
}

function sharedColumns(
  rows: readonly EventRow[],
  { scope = 'swoll/receiver/ebpf', texts = [] }: EventOptions,
) {
  const owners = rows.map(({ resource: r = 'a' }) =>
    typeof r === 'string' ? { id: r, attributes: { 'container.id': r } } : r,
  )
  const ids = [...new Set(owners.map(owner => owner.id))]
  const keys = [...new Set(rows.flatMap(row => Object.keys(row.attributes ?? {})))]
  return {
    resources: ids.map(id => owners.find(owner => owner.id === id)!),
    scope: { name: scope, version: '0.0.0' },
    rows: rows.length,
    resource: Uint32Array.from(owners, owner => ids.indexOf(owner.id)),
    attributes: keys.map(key =>
      toAttribute(
        key,
        rows.map(row => row.attributes?.[key]),
        texts.includes(key),
      ),
    ),
  }
}

function toAttribute(
  key: string,
  values: readonly (AttributeValue | bigint | undefined)[],
  isText: boolean,
): EventAttribute {
  const present = values.includes(undefined)
    ? { present: Uint8Array.from(values, value => Number(value !== undefined)) }
    : {}
  if (isText)
    return { type: 'text', key, ...toTextColumn(values.map(value => String(value ?? ''))), ...present }
  if (values.some(value => typeof value === 'bigint')) {
    const integers = BigInt64Array.from(values, value => BigInt(value ?? 0))
    return { type: 'integer', key, values: integers, ...present }
  }
  return { type: 'coded', key, ...code(values as readonly (AttributeValue | undefined)[]) }
}

function code<T>(all: readonly T[]): Coded<T> {
  const values = [...new Set(all)]
  const known = new Map(values.map((value, i) => [value, i])) // which finds NaN too
  const codes = createCodes(values.length, all.length)
  all.forEach((value, row) => {
    codes[row] = known.get(value)!
  })
  return { values, codes }
}

function toTextColumn(texts: readonly string[]): TextColumn {
  const builder = new TextBuilder(1, 1)
  for (const text of texts) builder.add(text)
  return builder.take()
}

function toIds<K extends string>(
  rows: readonly { readonly [key in K]?: string }[],
  key: K,
  size: number,
): Uint8Array {
  return Buffer.from(rows.map(row => row[key] ?? '0'.repeat(2 * size)).join(''), 'hex')
}

/** One row of a batch, whatever the columns. An id of zeros is empty. */
export interface LogRecord {
  readonly resourceAttributes: Attributes
  readonly scope: string
  readonly eventName: string
  readonly time: bigint
  readonly observed: bigint
  readonly severity: Severity
  readonly body: string
  readonly attributes: EventAttributes
  readonly traceId: string
  readonly spanId: string
}
export interface SpanRecord {
  readonly resourceAttributes: Attributes
  readonly scope: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: SpanKind
  readonly start: bigint
  readonly end: bigint
  readonly status: SpanStatus
  readonly attributes: EventAttributes
}

export function toLogRecords({ resources, tables }: LogsBatch): LogRecord[] {
  return tables.flatMap(table =>
    Array.from({ length: table.rows }, (_, row) => ({
      resourceAttributes: resources[table.resource[row]!]!.attributes,
      scope: table.scope.name,
      eventName: table.eventName,
      time: table.timeUnixNano[row]!,
      observed: table.observedTimeUnixNano,
      severity: valueAt(table.severity, row),
      body: textAt(table.body, row),
      attributes: readAttributes(table.attributes, row),
      traceId: idAt(table.traceId, row, 16),
      spanId: idAt(table.spanId, row, 8),
    })),
  )
}

export function toSpanRecords({ resources, tables }: TracesBatch): SpanRecord[] {
  return tables.flatMap(table =>
    Array.from({ length: table.rows }, (_, row) => ({
      resourceAttributes: resources[table.resource[row]!]!.attributes,
      scope: table.scope.name,
      traceId: idAt(table.traceId, row, 16),
      spanId: idAt(table.spanId, row, 8),
      parentSpanId: idAt(table.parentSpanId, row, 8),
      name: valueAt(table.name, row),
      kind: valueAt(table.kind, row),
      start: table.startTimeUnixNano[row]!,
      end: table.endTimeUnixNano[row]!,
      status: valueAt(table.status, row),
      attributes: readAttributes(table.attributes, row),
    })),
  )
}

function readAttributes(columns: readonly EventAttribute[], row: number): EventAttributes {
  const pairs = columns.flatMap((column): (readonly [string, AttributeValue | bigint])[] => {
    if (column.type === 'coded') {
      const value = valueAt(column, row)
      return value === undefined ? [] : [[column.key, value]]
    }
    if (column.present?.[row] === 0) return []
    return [[column.key, column.type === 'integer' ? column.values[row]! : textAt(column, row)]]
  })
  return Object.fromEntries(pairs)
}

function valueAt<T>({ values, codes }: Coded<T>, row: number): T {
  return values[codes[row]!]!
}

function textAt({ bytes, first }: TextColumn, row: number): string {
  return Buffer.from(bytes.subarray(first[row]!, first[row + 1]!)).toString()
}

function idAt(ids: Uint8Array | undefined, row: number, size: number): string {
  const hex = Buffer.from(ids?.subarray(row * size, (row + 1) * size) ?? []).toString('hex')
  return /^0*$/.test(hex) ? '' : hex
}
