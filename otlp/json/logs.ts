/** Log records in OTLP/JSON: opentelemetry-proto 1.x, logs/v1/logs.proto, in protobuf's JSON mapping with ids in hexadecimal. */
import type { LogTable, Severity } from '../../pipeline/data/logs.ts'
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from '../../pipeline/data/traces.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import { type Fragments, type Source, toSource } from '../fragments.ts'
import { comma, constant, JsonAttributes, jsonFragments } from './attributes.ts'
import { JsonId } from './id.ts'
import type { JsonRows } from './rows.ts'
import { type JsonWriter, MOST_ESCAPED } from './writer.ts'

const TIME = constant('{"timeUnixNano":"')
const BODY = constant(',"body":{"stringValue":"')
const BODY_END = constant('"}')
const BRACE = 0x7d
/** All that is not text, attributes or the part of the severity. */
const FIXED_BYTES = 192

/** Writes a LogRecord per row. */
export class JsonLogs implements JsonRows {
  readonly itemsPerRow = 1
  readonly isByResource = false
  readonly #w: JsonWriter
  readonly #time: Uint32Array
  /** Observed time, event name and severity: few combinations. */
  readonly #head: Fragments
  readonly #body: Source
  readonly #bodyFirst: Uint32Array
  readonly #attributes: JsonAttributes
  readonly #traceId: JsonId
  readonly #spanId: JsonId
  readonly #fixedBytes: number

  constructor(w: JsonWriter, table: LogTable) {
    this.#w = w
    this.#time = toWords(table.timeUnixNano)
    const { values, codes } = table.severity
    this.#head = jsonFragments(
      codes,
      values.map(severity => headJson(table, severity)),
    )
    this.#body = toSource(table.body.bytes)
    this.#bodyFirst = table.body.first
    this.#attributes = new JsonAttributes(w, table.attributes, table.rows)
    this.#traceId = new JsonId(w, table.traceId, { size: TRACE_ID_BYTES, name: 'traceId' })
    this.#spanId = new JsonId(w, table.spanId, { size: SPAN_ID_BYTES, name: 'spanId' })
    this.#fixedBytes = FIXED_BYTES + this.#head.longest
  }

  write(order: Uint32Array, from: number, to: number): number {
    for (let at = from; at < to; at++) this.#record(order[at]!)
    return to - from
  }

  #record(row: number): void {
    const w = this.#w
    const [start, end] = [this.#bodyFirst[row]!, this.#bodyFirst[row + 1]!]
    w.reserve(this.#fixedBytes + MOST_ESCAPED * (end - start) + this.#attributes.mostBytes(row))
    w.fragment(TIME, 0)
    w.unsigned(this.#time[2 * row]!, this.#time[2 * row + 1]!)
    w.fragment(this.#head, row)
    if (end > start) {
      w.fragment(BODY, 0)
      w.text(this.#body, start, end)
      w.fragment(BODY_END, 0)
    }
    this.#attributes.write(row)
    this.#traceId.write(row)
    this.#spanId.write(row)
    w.byte(BRACE)
    comma(w)
  }
}

/** From the end of timeUnixNano to before the body. */
function headJson({ observedTimeUnixNano, eventName }: LogTable, { number, text }: Severity): string {
  const rest = JSON.stringify({
    observedTimeUnixNano: `${observedTimeUnixNano}`,
    ...(number && { severityNumber: number }),
    ...(text && { severityText: text }),
    ...(eventName && { eventName }),
  })
  return `",${rest.slice(1, -1)}`
}
