/** Attributes in OTLP/JSON, and the resources and scopes that hold them. */
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { AttributeColumn, EventAttribute } from '../../pipeline/data/columns.ts'
import type { Scope } from '../../pipeline/data/resource.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import { type Fragments, mergeFragments, type Source, toFragments, toSource } from '../fragments.ts'
import { type JsonWriter, MOST_ESCAPED } from './writer.ts'

const utf8 = new TextEncoder()
const COMMA = 0x2c
const BRACKET = 0x5d

/** JSON that is the same for all rows. */
export function constant(json: string): Fragments {
  return toFragments(new Uint8Array(1), [utf8.encode(json)])
}

/** The column whose code c has the JSON `texts[c]`. */
export function jsonFragments(codes: AttributeColumn['codes'], texts: readonly string[]): Fragments {
  return toFragments(
    codes,
    texts.map(text => utf8.encode(text)),
  )
}

const START = constant(',"attributes":[')
const TEXT_END = constant('"}},')

/** A field of a row's own: what stands before its value, then the value, then `"}},`. */
interface OwnField {
  readonly head: Fragments
  readonly present: Uint8Array | undefined
}
interface TextField extends OwnField {
  readonly text: Source
  readonly first: Uint32Array
}
interface IntegerField extends OwnField {
  /** Low word, high word. */
  readonly words: Uint32Array
}

/** Writes `,"attributes":[…]`, or nothing for a row without any: those of dictionaries first, then integers, then texts. */
export class JsonAttributes {
  readonly #w: JsonWriter
  readonly #coded: readonly Fragments[]
  readonly #integers: readonly IntegerField[]
  readonly #texts: readonly TextField[]
  /** An upper bound for a row, but for the texts themselves. */
  readonly #frameBytes: number

  constructor(w: JsonWriter, columns: readonly (EventAttribute | AttributeColumn)[], rows: number) {
    this.#w = w
    const coded = columns.filter(column => 'codes' in column)
    this.#coded = mergeFragments(coded.map(encodeColumn), rows)
    this.#integers = columns.flatMap(column =>
      !('codes' in column) && column.type === 'integer'
        ? [
            {
              ...column,
              head: fieldHead(column.key, 'intValue'),
              words: toWords(column.values),
              present: column.present,
            },
          ]
        : [],
    )
    this.#texts = columns.flatMap(column =>
      !('codes' in column) && column.type === 'text'
        ? [
            {
              head: fieldHead(column.key, 'stringValue'),
              text: toSource(column.bytes),
              first: column.first,
              present: column.present,
            },
          ]
        : [],
    )
    const own = [...this.#integers, ...this.#texts].map(({ head }) => head.longest + 24)
    const all = [START, ...this.#coded].map(({ longest }) => longest)
    this.#frameBytes = [...own, ...all].reduce((sum, bytes) => sum + bytes, 1)
  }

  /** Bytes to reserve before `write`. */
  mostBytes(row: number): number {
    let texts = 0
    for (const { first } of this.#texts) texts += first[row + 1]! - first[row]!
    return this.#frameBytes + MOST_ESCAPED * texts
  }

  write(row: number): void {
    const w = this.#w
    const mark = w.length
    w.fragment(START, 0)
    const empty = w.length
    for (let i = 0; i < this.#coded.length; i++) w.fragment(this.#coded[i]!, row)
    for (let i = 0; i < this.#integers.length; i++) this.#integer(this.#integers[i]!, row)
    for (let i = 0; i < this.#texts.length; i++) this.#text(this.#texts[i]!, row)
    if (w.length === empty) w.rewind(mark)
    else {
      w.rewind(w.length - 1) // the last comma
      w.byte(BRACKET)
    }
  }

  #integer({ head, words, present }: IntegerField, row: number): void {
    if (present !== undefined && present[row] === 0) return
    this.#w.fragment(head, 0)
    this.#w.signed(words[2 * row]!, words[2 * row + 1]!)
    this.#w.fragment(TEXT_END, 0)
  }

  #text({ head, text, first, present }: TextField, row: number): void {
    if (present !== undefined && present[row] === 0) return
    this.#w.fragment(head, 0)
    this.#w.text(text, first[row]!, first[row + 1]!)
    this.#w.fragment(TEXT_END, 0)
  }
}

function fieldHead(key: string, type: 'intValue' | 'stringValue'): Fragments {
  return constant(`{"key":${JSON.stringify(key)},"value":{"${type}":"`)
}

function encodeColumn({ key, values, codes }: AttributeColumn): Fragments {
  return jsonFragments(
    codes,
    values.map(value => (value === undefined ? '' : `${attributeJson(key, value)},`)),
  )
}

function attributeJson(key: string, value: AttributeValue): string {
  return `{"key":${JSON.stringify(key)},"value":${valueJson(value)}}`
}

/** AnyValue. A whole number in the safe range is an intValue, any other number a doubleValue. 64-bit integers are strings. */
function valueJson(value: AttributeValue): string {
  if (typeof value === 'string') return `{"stringValue":${JSON.stringify(value)}}`
  if (typeof value === 'boolean') return `{"boolValue":${value}}`
  return Number.isSafeInteger(value) ? `{"intValue":"${value}"}` : `{"doubleValue":${doubleJson(value)}}`
}

/** JSON has no NaN and no infinities: protobuf's mapping has them as strings. */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? `${value}` : `"${value}"`
}

export function resourceJson(attributes: Attributes): string {
  const all = Object.entries(attributes).map(([key, value]) => attributeJson(key, value))
  return all.length > 0 ? `{"attributes":[${all.join(',')}]}` : '{}'
}

export function scopeJson({ name, version }: Scope): string {
  return JSON.stringify({ ...(name && { name }), ...(version && { version }) })
}

/** In the place of the comma after the last of a list. */
export function endList(w: JsonWriter): void {
  w.rewind(w.length - 1)
  w.byte(BRACKET)
}
export function comma(w: JsonWriter): void {
  w.byte(COMMA)
}
