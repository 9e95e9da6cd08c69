/** The records of one table. Field numbers: opentelemetry-proto 1.x, logs/v1/logs.proto. */
import type { LogTable, Severity } from '../../pipeline/data/logs.ts'
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from '../../pipeline/data/traces.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import { type Fragments, type Source, toFragments, toSource } from '../fragments.ts'
import { encodePart, writeString } from './attributes.ts'
import { EventAttributeWriter } from './event-attributes.ts'
import { IdWriter } from './ids.ts'
import type { ProtoWriter } from './proto-writer.ts'
import type { RowsWriter } from './rows.ts'

/** Time, the frame of the body, both ids, and prefixes. */
const FIXED_BYTES = 96

/** Writes a LogRecord per row. */
export class LogsWriter implements RowsWriter {
  readonly itemsPerRow = 1
  readonly isByResource = false
  readonly #w: ProtoWriter
  readonly #time: Uint32Array
  readonly #severity: Fragments
  readonly #body: Source
  readonly #bodyFirst: Uint32Array
  readonly #attributes: EventAttributeWriter
  readonly #traceId: IdWriter
  readonly #spanId: IdWriter
  /** Observed time and event name, the same for all. */
  readonly #tail: Fragments
  readonly #fixedBytes: number

  constructor(w: ProtoWriter, table: LogTable) {
    this.#w = w
    this.#time = toWords(table.timeUnixNano)
    this.#severity = toFragments(table.severity.codes, table.severity.values.map(encodeSeverity))
    this.#body = toSource(table.body.bytes)
    this.#bodyFirst = table.body.first
    this.#attributes = new EventAttributeWriter(w, table.attributes, { rows: table.rows, tag: 0x32 })
    this.#traceId = new IdWriter(w, table.traceId, { size: TRACE_ID_BYTES, tag: 0x4a })
    this.#spanId = new IdWriter(w, table.spanId, { size: SPAN_ID_BYTES, tag: 0x52 })
    this.#tail = toFragments(new Uint8Array(1), [encodeTail(table)])
    this.#fixedBytes = FIXED_BYTES + this.#severity.longest + this.#tail.longest
  }

  write(order: Uint32Array, from: number, to: number): number {
    for (let at = to - 1; at >= from; at--) this.#record(order[at]!)
    return to - from
  }

  #record(row: number): void {
    const w = this.#w
    const [bodyStart, bodyEnd] = [this.#bodyFirst[row]!, this.#bodyFirst[row + 1]!]
    w.reserve(this.#fixedBytes + bodyEnd - bodyStart + this.#attributes.mostBytes(row))
    const mark = w.length
    w.copy(this.#tail, this.#tail.bounds[0]!, this.#tail.bounds[1]!)
    this.#spanId.write(row)
    this.#traceId.write(row)
    this.#attributes.write(row)
    if (bodyEnd > bodyStart) this.#writeBody(bodyStart, bodyEnd)
    const severity = this.#severity.codes[row]!
    w.copy(this.#severity, this.#severity.bounds[severity]!, this.#severity.bounds[severity + 1]!)
    const [low, high] = [this.#time[2 * row]!, this.#time[2 * row + 1]!]
    if (low !== 0 || high !== 0) {
      w.fixed64(low, high)
      w.byte(0x09) // LogRecord.time_unix_nano
    }
    w.prefix(0x12, mark) // ScopeLogs.log_records
  }

  #writeBody(start: number, end: number): void {
    const w = this.#w
    const mark = w.length
    w.copy(this.#body, start, end)
    w.prefix(0x0a, mark) // AnyValue.string_value
    w.prefix(0x2a, mark) // LogRecord.body
  }
}

function encodeSeverity({ number, text }: Severity): Uint8Array {
  return encodePart(w => {
    if (text) writeString(w, 0x1a, text) // LogRecord.severity_text
    w.reserve(2)
    if (number === 0) return
    w.byte(number)
    w.byte(0x10) // LogRecord.severity_number
  })
}

function encodeTail({ observedTimeUnixNano: time, eventName }: LogTable): Uint8Array {
  return encodePart(w => {
    if (eventName) writeString(w, 0x62, eventName) // LogRecord.event_name
    w.reserve(9)
    if (time === 0n) return
    w.fixed64(Number(time & 0xffff_ffffn), Number(time >> 32n))
    w.byte(0x59) // LogRecord.observed_time_unix_nano
  })
}
