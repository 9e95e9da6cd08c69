/** Parts of a request that many points share, encoded once: attribute values, resources, the scope. */
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { AttributeColumn, Scope } from '../../pipeline/data/metrics.ts'
import { ProtoWriter } from './proto-writer.ts'

const utf8 = new TextEncoder()

/** One attribute column, ready to be copied: code c is `bytes[bounds[c]..bounds[c + 1])`, a KeyValue with its length, without its tag. */
export interface AttributeFragments {
  readonly codes: AttributeColumn['codes']
  readonly bytes: DataView
  /** values + 1 entries, ascending from PADDING. Equal neighbours: the attribute is absent. */
  readonly bounds: Uint32Array
  /** Length of the longest. */
  readonly longest: number
}

/** In front of the first fragment, as ProtoWriter.copy asks. */
const PADDING = 4

export function encodeColumn(column: AttributeColumn): AttributeFragments {
  const parts = column.values.map(value =>
    value === undefined ? undefined : encodeKeyValue(column.key, value),
  )
  const bounds = new Uint32Array(parts.length + 1)
  bounds[0] = PADDING
  for (const [i, part] of parts.entries()) bounds[i + 1] = bounds[i]! + (part?.length ?? 0)
  const bytes = new Uint8Array(bounds[parts.length]!)
  for (const [i, part] of parts.entries()) if (part) bytes.set(part, bounds[i])
  const longest = parts.reduce((most, part) => Math.max(most, part?.length ?? 0), 0)
  return { codes: column.codes, bytes: new DataView(bytes.buffer), bounds, longest }
}

/** KeyValue with its length in front, without a tag. */
function encodeKeyValue(key: string, value: AttributeValue): Uint8Array {
  const w = new ProtoWriter(64)
  w.reserve(64)
  writeValue(w, value)
  w.prefix(0x12, 0) // KeyValue.value
  writeString(w, 0x0a, key) // KeyValue.key
  w.reserve(5)
  w.varint(w.length)
  return w.toBytes()
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

/** Resource with its length and the tag of ResourceMetrics.resource. */
export function encodeResource(attributes: Attributes): Uint8Array {
  const w = new ProtoWriter(256)
  for (const [key, value] of Object.entries(attributes).reverse()) {
    const part = encodeKeyValue(key, value)
    w.reserve(part.length + 8)
    w.bytes(part)
    w.byte(0x0a) // Resource.attributes
  }
  w.prefix(0x0a, 0)
  return w.toBytes()
}

/** InstrumentationScope with its length and the tag of ScopeMetrics.scope. */
export function encodeScope(scope: Scope): Uint8Array {
  const w = new ProtoWriter(64)
  if (scope.version) writeString(w, 0x12, scope.version)
  if (scope.name) writeString(w, 0x0a, scope.name)
  w.prefix(0x0a, 0)
  return w.toBytes()
}
