/** Spans in OTLP/JSON: opentelemetry-proto 1.x, trace/v1/trace.proto, in protobuf's JSON mapping with ids in hexadecimal. */
import {
  SPAN_ID_BYTES,
  SPAN_KIND,
  type SpanStatus,
  type SpanTable,
  STATUS_CODE,
  TRACE_ID_BYTES,
} from '../../pipeline/data/traces.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import { type Fragments, mergeFragments } from '../fragments.ts'
import { comma, constant, JsonAttributes, jsonFragments } from './attributes.ts'
import { JsonId } from './id.ts'
import type { JsonRows } from './rows.ts'
import type { JsonWriter } from './writer.ts'

const START = constant(',"startTimeUnixNano":"')
const END = constant('","endTimeUnixNano":"')
const QUOTE = 0x22
const BRACE = 0x7d
/** All that is not attributes, name, kind or status. */
const FIXED_BYTES = 256

/** Writes a Span per row. */
export class JsonSpans implements JsonRows {
  readonly itemsPerRow = 1
  readonly isByResource = false
  readonly #w: JsonWriter
  /** Name, kind and status, which mostly come together. */
  readonly #head: readonly Fragments[]
  readonly #traceId: JsonId
  readonly #spanId: JsonId
  readonly #parentSpanId: JsonId
  readonly #start: Uint32Array
  readonly #end: Uint32Array
  readonly #attributes: JsonAttributes
  readonly #fixedBytes: number

  constructor(w: JsonWriter, table: SpanTable) {
    const { rows, name, kind, status } = table
    this.#w = w
    this.#head = mergeFragments(
      [
        jsonFragments(
          name.codes,
          name.values.map(text => `{"name":${JSON.stringify(text)}`),
        ),
        jsonFragments(
          kind.codes,
          kind.values.map(one => `,"kind":${SPAN_KIND[one]}`),
        ),
        jsonFragments(status.codes, status.values.map(statusJson)),
      ],
      rows,
    )
    this.#traceId = new JsonId(w, table.traceId, { size: TRACE_ID_BYTES, name: 'traceId' })
    this.#spanId = new JsonId(w, table.spanId, { size: SPAN_ID_BYTES, name: 'spanId' })
    this.#parentSpanId = new JsonId(w, table.parentSpanId, { size: SPAN_ID_BYTES, name: 'parentSpanId' })
    this.#start = toWords(table.startTimeUnixNano)
    this.#end = toWords(table.endTimeUnixNano)
    this.#attributes = new JsonAttributes(w, table.attributes, rows)
    this.#fixedBytes = this.#head.reduce((sum, column) => sum + column.longest, FIXED_BYTES)
  }

  write(order: Uint32Array, from: number, to: number): number {
    for (let at = from; at < to; at++) this.#span(order[at]!)
    return to - from
  }

  #span(row: number): void {
    const w = this.#w
    w.reserve(this.#fixedBytes + this.#attributes.mostBytes(row))
    for (let i = 0; i < this.#head.length; i++) w.fragment(this.#head[i]!, row)
    this.#traceId.write(row)
    this.#spanId.write(row)
    this.#parentSpanId.write(row)
    w.fragment(START, 0)
    w.unsigned(this.#start[2 * row]!, this.#start[2 * row + 1]!)
    w.fragment(END, 0)
    w.unsigned(this.#end[2 * row]!, this.#end[2 * row + 1]!)
    w.byte(QUOTE)
    this.#attributes.write(row)
    w.byte(BRACE)
    comma(w)
  }
}

/** Nothing if there is nothing to say. */
function statusJson({ code, message }: SpanStatus): string {
  const status = { ...(message && { message }), ...(code !== 'unset' && { code: STATUS_CODE[code] }) }
  return Object.keys(status).length > 0 ? `,"status":${JSON.stringify(status)}` : ''
}
