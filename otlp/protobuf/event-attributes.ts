/** The attributes of log records and spans, straight from the columns. */
import type { EventAttribute, IntegerAttribute, TextAttribute } from '../../pipeline/data/columns.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import { type Fragments, type Source, toFragments, toSource } from '../fragments.ts'
import { CodedAttributeWriter, encodePart, writeString } from './attributes.ts'
import type { ProtoWriter } from './proto-writer.ts'

/** An integer of at most 10 bytes, or the prefixes of a text, and two more prefixes. */
const MOST_FRAME_BYTES = 32

interface TextField {
  readonly key: Fragments
  readonly text: Source
  readonly first: Uint32Array
  readonly present: Uint8Array | undefined
}
interface IntegerField {
  readonly key: Fragments
  /** Low word, high word. */
  readonly words: Uint32Array
  readonly present: Uint8Array | undefined
}

/** Writes the attributes of a row, each as a KeyValue field: those of dictionaries first, then integers, then texts. */
export class EventAttributeWriter {
  readonly #w: ProtoWriter
  readonly #tag: number
  readonly #coded: CodedAttributeWriter
  readonly #integers: readonly IntegerField[]
  readonly #texts: readonly TextField[]
  /** An upper bound for a row, but for the texts themselves. */
  readonly #frameBytes: number

  constructor(
    w: ProtoWriter,
    columns: readonly EventAttribute[],
    { rows, tag }: { rows: number; tag: number },
  ) {
    this.#w = w
    this.#tag = tag
    const coded = columns.filter(column => column.type === 'coded')
    this.#coded = new CodedAttributeWriter(w, coded, { rows, tag })
    this.#integers = columns.filter(column => column.type === 'integer').map(toIntegerField)
    this.#texts = columns.filter(column => column.type === 'text').map(toTextField)
    const keys = [...this.#integers, ...this.#texts].map(({ key }) => key.longest + MOST_FRAME_BYTES)
    this.#frameBytes = keys.reduce((sum, length) => sum + length, this.#coded.mostBytes)
  }

  /** Bytes to reserve before `write`. */
  mostBytes(row: number): number {
    let most = this.#frameBytes
    for (const { first } of this.#texts) most += first[row + 1]! - first[row]!
    return most
  }

  write(row: number): void {
    for (let i = this.#texts.length - 1; i >= 0; i--) this.#text(this.#texts[i]!, row)
    for (let i = this.#integers.length - 1; i >= 0; i--) this.#integer(this.#integers[i]!, row)
    this.#coded.write(row)
  }

  #text({ key, text, first, present }: TextField, row: number): void {
    if (present !== undefined && present[row] === 0) return
    const w = this.#w
    const mark = w.length
    w.copy(text, first[row]!, first[row + 1]!)
    w.prefix(0x0a, mark) // AnyValue.string_value
    this.#finish(key, mark)
  }

  #integer({ key, words, present }: IntegerField, row: number): void {
    if (present !== undefined && present[row] === 0) return
    const w = this.#w
    const mark = w.length
    w.varint64(words[2 * row]!, words[2 * row + 1]!)
    w.byte(0x18) // AnyValue.int_value
    this.#finish(key, mark)
  }

  #finish(key: Fragments, mark: number): void {
    this.#w.prefix(0x12, mark) // KeyValue.value
    this.#w.copy(key, key.bounds[0]!, key.bounds[1]!)
    this.#w.prefix(this.#tag, mark)
  }
}

/** KeyValue.key, as the only fragment. */
function encodeKey(key: string): Fragments {
  return toFragments(new Uint8Array(1), [encodePart(w => writeString(w, 0x0a, key))])
}

function toTextField({ key, bytes, first, present }: TextAttribute): TextField {
  return { key: encodeKey(key), text: toSource(bytes), first, present }
}

function toIntegerField({ key, values, present }: IntegerAttribute): IntegerField {
  return { key: encodeKey(key), words: toWords(values), present }
}
