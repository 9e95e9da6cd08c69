/** The spans of one table. Field numbers: opentelemetry-proto 1.x, trace/v1/trace.proto. */
import type { Coded } from '../../pipeline/data/columns.ts'
import {
  SPAN_ID_BYTES,
  SPAN_KIND,
  type SpanStatus,
  type SpanTable,
  STATUS_CODE,
  TRACE_ID_BYTES,
} from '../../pipeline/data/traces.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import { type Fragments, mergeFragments, toFragments } from '../fragments.ts'
import { encodePart, writeString } from './attributes.ts'
import { EventAttributeWriter } from './event-attributes.ts'
import { IdWriter } from './ids.ts'
import type { ProtoWriter } from './proto-writer.ts'
import type { RowsWriter } from './rows.ts'

/** Three ids, two times, and the prefix. */
const FIXED_BYTES = 80

/** Writes a Span per row. */
export class SpansWriter implements RowsWriter {
  readonly itemsPerRow = 1
  readonly isByResource = false
  readonly #w: ProtoWriter
  readonly #traceId: IdWriter
  readonly #spanId: IdWriter
  readonly #parentSpanId: IdWriter
  /** Name and kind, which mostly come together. */
  readonly #head: readonly Fragments[]
  readonly #start: Uint32Array
  readonly #end: Uint32Array
  readonly #attributes: EventAttributeWriter
  readonly #status: Fragments
  readonly #fixedBytes: number

  constructor(w: ProtoWriter, table: SpanTable) {
    const { rows, name, kind, status } = table
    this.#w = w
    this.#traceId = new IdWriter(w, table.traceId, { size: TRACE_ID_BYTES, tag: 0x0a })
    this.#spanId = new IdWriter(w, table.spanId, { size: SPAN_ID_BYTES, tag: 0x12 })
    this.#parentSpanId = new IdWriter(w, table.parentSpanId, { size: SPAN_ID_BYTES, tag: 0x22 })
    this.#head = mergeFragments(
      [
        encodeValues(name, (out, text) => text && writeString(out, 0x2a, text)), // Span.name
        encodeValues(kind, (out, one) => writeEnum(out, 0x30, SPAN_KIND[one])), // Span.kind
      ],
      rows,
    )
    this.#start = toWords(table.startTimeUnixNano)
    this.#end = toWords(table.endTimeUnixNano)
    this.#attributes = new EventAttributeWriter(w, table.attributes, { rows, tag: 0x4a })
    this.#status = encodeValues(status, writeStatus)
    const longest = [...this.#head, this.#status].map(column => column.longest)
    this.#fixedBytes = longest.reduce((sum, length) => sum + length, FIXED_BYTES)
  }

  write(order: Uint32Array, from: number, to: number): number {
    for (let at = to - 1; at >= from; at--) this.#span(order[at]!)
    return to - from
  }

  #span(row: number): void {
    const w = this.#w
    w.reserve(this.#fixedBytes + this.#attributes.mostBytes(row))
    const mark = w.length
    this.#copy(this.#status, row)
    this.#attributes.write(row)
    w.fixed64(this.#end[2 * row]!, this.#end[2 * row + 1]!)
    w.byte(0x41) // Span.end_time_unix_nano
    w.fixed64(this.#start[2 * row]!, this.#start[2 * row + 1]!)
    w.byte(0x39) // Span.start_time_unix_nano
    for (let i = this.#head.length - 1; i >= 0; i--) this.#copy(this.#head[i]!, row)
    this.#parentSpanId.write(row)
    this.#spanId.write(row)
    this.#traceId.write(row)
    w.prefix(0x12, mark) // ScopeSpans.spans
  }

  #copy(column: Fragments, row: number): void {
    const code = column.codes[row]!
    this.#w.copy(column, column.bounds[code]!, column.bounds[code + 1]!)
  }
}

function encodeValues<T>(
  { values, codes }: Coded<T>,
  write: (w: ProtoWriter, value: T) => unknown,
): Fragments {
  return toFragments(
    codes,
    values.map(value => encodePart(w => write(w, value))),
  )
}

/** An enum of less than 128; nothing for 0. */
function writeEnum(w: ProtoWriter, tag: number, value: number): void {
  if (value === 0) return
  w.reserve(2)
  w.byte(value)
  w.byte(tag)
}

/** Span.status; nothing if there is nothing to say. */
function writeStatus(w: ProtoWriter, { code, message }: SpanStatus): void {
  writeEnum(w, 0x18, STATUS_CODE[code])
  if (message) writeString(w, 0x12, message)
  if (w.length === 0) return
  w.reserve(8)
  w.prefix(0x7a, 0)
}
