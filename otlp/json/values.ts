/** Single values in OTLP/JSON, which is protobuf's JSON mapping, but with ids in hexadecimal and enums as numbers. */
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { AttributeColumn } from '../../pipeline/data/columns.ts'
import { anyField, type Field, KEY_VALUE, type Message } from '../schema.ts'

const NOTHING = new Uint8Array()

/** Returns the field with the character before it; no bytes if JSON leaves out such a value. */
export function encodeField(field: Field, value: unknown): Uint8Array {
  const json = fieldJson(field, value)
  return Buffer.from(json && `${separator(field)}${json}`)
}

/** Returns the character before a field, if the first field of its message is there. */
export function separator({ isFirst }: Field): string {
  return isFirst ? '{' : ','
}

/** Returns the fields of a message without the braces around them. */
export function fieldsJson({ inOrder }: Message, value: object): string {
  const values = value as Readonly<Record<string, unknown>>
  return inOrder
    .map(field => fieldJson(field, values[field.name]))
    .filter(json => json !== '')
    .join(',')
}

/** Returns each value as an element of a list of attributes, with a comma; no bytes for one that is undefined. */
export function encodeAttributes(_: Field, key: string, values: AttributeColumn['values']): Uint8Array[] {
  const start = keyJson(key)
  return values.map(value => (value === undefined ? NOTHING : Buffer.from(`${start}${anyJson(value)}},`)))
}

const { key: KEY, value: VALUE } = KEY_VALUE.fields

/** Returns a KeyValue up to its value. */
export function keyJson(key: string): string {
  return `{"${KEY.name}":${JSON.stringify(key)},"${VALUE.name}":`
}

function anyJson(value: AttributeValue): string {
  const field = anyField(value)
  return `{"${field.name}":${scalarJson(field, value)}}`
}

function fieldJson(field: Field, value: unknown): string {
  const { kind, name, zero } = field
  if (value === undefined) return ''
  if (kind === KEY_VALUE) {
    const all = Object.entries(value as Attributes).map(([key, one]) => `${keyJson(key)}${anyJson(one)}}`)
    return all.length > 0 ? `"${name}":[${all.join(',')}]` : ''
  }
  if (typeof kind === 'object') {
    const json = fieldsJson(kind, value as object)
    return json || zero ? `"${name}":{${json}}` : ''
  }
  if (Array.isArray(value)) return `"${name}":[${value.map(doubleJson).join(',')}]`
  if (zero === undefined && (value === 0 || value === 0n || value === '' || value === false)) return ''
  return `"${name}":${scalarJson(field, value)}`
}

/** 64-bit integers are strings, and so are NaN and the infinities, which JSON does not have. */
function scalarJson({ kind }: Field, value: unknown): string {
  if (kind === 'string') return JSON.stringify(value)
  const isQuoted = kind === 'double' ? !Number.isFinite(value) : kind === 'fixed64' || kind === 'int64'
  return isQuoted ? `"${value}"` : `${value}`
}

/** Returns the number, or the string that stands for NaN or an infinity. */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? `${value}` : `"${value}"`
}
