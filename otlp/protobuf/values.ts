/** Single values in protobuf: fields of the schema, with the tag in front. Written last to first, as everything by a ProtoWriter. */
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { AttributeColumn } from '../../pipeline/data/columns.ts'
import { highWord, lowWord, TWO_TO_32 } from '../../pipeline/data/u64.ts'
import { anyField, type Field, KEY_VALUE, type Message } from '../schema.ts'
import { ProtoWriter } from './proto-writer.ts'

const utf8 = new TextEncoder()
const NOTHING = new Uint8Array()

/** Holds one part while it is encoded; nothing between calls. */
const scratch = new ProtoWriter()

function encodePart(write: (w: ProtoWriter) => void): Uint8Array {
  scratch.rewind(0)
  write(scratch)
  return scratch.toBytes()
}

/** Returns the field; no bytes if protobuf leaves out such a value. */
export function encodeField(field: Field, value: unknown): Uint8Array {
  return encodePart(w => writeField(w, field, value))
}

/** Returns the fields of a message. */
export function encodeMessage(message: Message, value: object): Uint8Array {
  return encodePart(w => writeMessage(w, message, value))
}

/** Returns each value as an element of a list of attributes; no bytes for one that is undefined. */
export function encodeAttributes(
  { tag }: Field,
  key: string,
  values: AttributeColumn['values'],
): Uint8Array[] {
  const keyBytes = utf8.encode(key)
  return values.map(value =>
    value === undefined ? NOTHING : encodePart(w => writeAttribute(w, tag, keyBytes, value)),
  )
}

function writeMessage(w: ProtoWriter, { byNumber }: Message, value: object): void {
  const values = value as Readonly<Record<string, unknown>>
  for (let i = byNumber.length - 1; i >= 0; i--) writeField(w, byNumber[i]!, values[byNumber[i]!.name])
}

function writeField(w: ProtoWriter, field: Field, value: unknown): void {
  const { kind, tag, zero } = field
  if (value === undefined) return
  if (Array.isArray(value)) writePacked(w, tag, value)
  else if (kind === KEY_VALUE) {
    for (const [key, one] of Object.entries(value as Attributes).reverse())
      writeAttribute(w, tag, utf8.encode(key), one)
  } else if (typeof kind === 'object') {
    const mark = w.length
    writeMessage(w, kind, value as object)
    if (w.length === mark && zero === undefined) return
    w.reserve(8)
    w.prefix(tag, mark)
  } else if (zero === 'always' || (value !== 0 && value !== 0n && value !== '' && value !== false))
    writeScalar(w, field, value)
}

function writeScalar(w: ProtoWriter, { kind, tag }: Field, value: unknown): void {
  if (kind === 'string') {
    writeText(w, tag, utf8.encode(value as string))
    return
  }
  w.reserve(16)
  if (kind === 'double') w.double(value as number)
  else if (kind === 'sint32') w.zigzag(value as number)
  else {
    const low = typeof value === 'bigint' ? lowWord(value) : Number(value) >>> 0
    const high = typeof value === 'bigint' ? highWord(value) : Math.floor(Number(value) / TWO_TO_32) >>> 0
    if (kind === 'fixed64') w.fixed64(low, high)
    else w.varint64(low, high)
  }
  w.byte(tag)
}

/** Doubles in a row; nothing of no doubles. */
function writePacked(w: ProtoWriter, tag: number, values: readonly number[]): void {
  if (values.length === 0) return
  const mark = w.length
  w.reserve(8 * values.length + 8)
  for (let i = values.length - 1; i >= 0; i--) w.double(values[i]!)
  w.prefix(tag, mark)
}

/** Reserves what it needs, and 16 bytes more for what comes in front. */
function writeText(w: ProtoWriter, tag: number, bytes: Uint8Array): void {
  const mark = w.length
  w.reserve(bytes.length + 22)
  w.bytes(bytes)
  w.prefix(tag, mark)
}

function writeAttribute(w: ProtoWriter, tag: number, key: Uint8Array, value: AttributeValue): void {
  const mark = w.length
  writeScalar(w, anyField(value), value)
  w.reserve(8)
  w.prefix(KEY_VALUE.fields.value.tag, mark)
  writeText(w, KEY_VALUE.fields.key.tag, key)
  w.prefix(tag, mark)
}
