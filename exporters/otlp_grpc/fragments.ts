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

/** Holds one column, resource or scope while it is encoded; nothing between calls. */
const scratch = new ProtoWriter()

export function encodeColumn({ key, values, codes }: AttributeColumn): AttributeFragments {
  const bounds = new Uint32Array(values.length + 1)
  const keyBytes = utf8.encode(key)
  let longest = 0
  scratch.rewind(0)
  for (let code = values.length - 1; code >= 0; code--) {
    const mark = scratch.length
    bounds[code + 1] = mark
    const value = values[code]
    if (value !== undefined) writeKeyValue(scratch, keyBytes, value)
    longest = Math.max(longest, scratch.length - mark)
  }
  const total = scratch.length
  for (let code = 0; code <= values.length; code++) bounds[code] = PADDING + total - bounds[code]!
  bounds[0] = PADDING
  const bytes = new Uint8Array(PADDING + total)
  bytes.set(scratch.toBytes(), PADDING)
  return { codes, bytes: new DataView(bytes.buffer), bounds, longest }
}

/** KeyValue with its length in front, without a tag. */
function writeKeyValue(w: ProtoWriter, key: Uint8Array, value: AttributeValue): void {
  const mark = w.length
  w.reserve(16)
  writeValue(w, value)
  w.reserve(key.length + 32)
  w.prefix(0x12, mark) // KeyValue.value
  const keyMark = w.length
  w.bytes(key)
  w.prefix(0x0a, keyMark) // KeyValue.key
  w.varint(w.length - mark)
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
  scratch.rewind(0)
  for (const [key, value] of Object.entries(attributes).reverse()) {
    writeKeyValue(scratch, utf8.encode(key), value)
    scratch.byte(0x0a) // Resource.attributes
  }
  scratch.reserve(8)
  scratch.prefix(0x0a, 0)
  return scratch.toBytes()
}

/** InstrumentationScope with its length and the tag of ScopeMetrics.scope. */
export function encodeScope(scope: Scope): Uint8Array {
  scratch.rewind(0)
  if (scope.version) writeString(scratch, 0x12, scope.version)
  if (scope.name) writeString(scratch, 0x0a, scope.name)
  scratch.reserve(8)
  scratch.prefix(0x0a, 0)
  return scratch.toBytes()
}
