/** Attributes, and the resources and scopes that hold them. Field numbers: opentelemetry-proto 1.x, common/v1 and resource/v1. */
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { AttributeColumn } from '../../pipeline/data/columns.ts'
import type { Scope } from '../../pipeline/data/resource.ts'
import { type Fragments, mergeFragments, toFragments } from '../fragments.ts'
import { ProtoWriter } from './proto-writer.ts'

const utf8 = new TextEncoder()
const NOTHING = new Uint8Array()

/** Holds one part while it is encoded; nothing between calls. */
const scratch = new ProtoWriter()

/** What `write` writes. */
export function encodePart(write: (w: ProtoWriter) => unknown): Uint8Array {
  scratch.rewind(0)
  write(scratch)
  return scratch.toBytes()
}

/** Writes the dictionary attributes of a row, each as a KeyValue field with a tag. */
export class CodedAttributeWriter {
  readonly #w: ProtoWriter
  readonly #columns: readonly Fragments[]
  /** An upper bound for a row. */
  readonly mostBytes: number

  constructor(w: ProtoWriter, columns: readonly AttributeColumn[], of: { rows: number; tag: number }) {
    this.#w = w
    this.#columns = mergeFragments(
      columns.map(column => encodeColumn(column, of.tag)),
      of.rows,
    )
    this.mostBytes = this.#columns.reduce((sum, column) => sum + column.longest, 0)
  }

  write(row: number): void {
    for (let i = this.#columns.length - 1; i >= 0; i--) {
      const column = this.#columns[i]!
      const code = column.codes[row]!
      this.#w.copy(column, column.bounds[code]!, column.bounds[code + 1]!)
    }
  }
}

function encodeColumn({ key, values, codes }: AttributeColumn, tag: number): Fragments {
  const keyBytes = utf8.encode(key)
  const encoded = values.map(value =>
    value === undefined ? NOTHING : encodePart(w => writeKeyValue(w, tag, keyBytes, value)),
  )
  return toFragments(codes, encoded)
}

/** A KeyValue field. */
function writeKeyValue(w: ProtoWriter, tag: number, key: Uint8Array, value: AttributeValue): void {
  const mark = w.length
  w.reserve(16)
  writeValue(w, value)
  w.reserve(key.length + 32)
  w.prefix(0x12, mark) // KeyValue.value
  const keyMark = w.length
  w.bytes(key)
  w.prefix(0x0a, keyMark) // KeyValue.key
  w.prefix(tag, mark)
}

/** AnyValue. A whole number in the safe range is an int_value, any other number a double_value. */
function writeValue(w: ProtoWriter, value: AttributeValue): void {
  if (typeof value === 'string') writeString(w, 0x0a, value)
  else if (typeof value === 'boolean') {
    w.byte(value ? 1 : 0)
    w.byte(0x10)
  } else if (Number.isSafeInteger(value)) {
    const bits = BigInt.asUintN(64, BigInt(value))
    w.varint64(Number(bits & 0xffff_ffffn), Number(bits >> 32n))
    w.byte(0x18)
  } else {
    w.double(value)
    w.byte(0x21)
  }
}

/** A string field. Reserves what it needs, and 16 bytes more for what comes in front. */
export function writeString(w: ProtoWriter, tag: number, text: string): void {
  const mark = w.length
  const bytes = utf8.encode(text)
  w.reserve(bytes.length + 22)
  w.bytes(bytes)
  w.prefix(tag, mark)
}

/** Resource with its length and the tag of ResourceMetrics.resource; those of the other signals have the same. */
export function encodeResource(attributes: Attributes): Uint8Array {
  return encodePart(w => {
    for (const [key, value] of Object.entries(attributes).reverse())
      writeKeyValue(w, 0x0a, utf8.encode(key), value) // Resource.attributes
    w.reserve(8)
    w.prefix(0x0a, 0)
  })
}

/** InstrumentationScope with its length and the tag of ScopeMetrics.scope; those of the other signals have the same. */
export function encodeScope(scope: Scope): Uint8Array {
  return encodePart(w => {
    if (scope.version) writeString(w, 0x12, scope.version)
    if (scope.name) writeString(w, 0x0a, scope.name)
    w.reserve(8)
    w.prefix(0x0a, 0)
  })
}
