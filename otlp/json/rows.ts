/** Rows of a table as messages in OTLP/JSON, straight from the columns. */
import { memoized } from '../../pipeline/memoized.ts'
import { type Cell, CellMaker, type CellSyntax, toCell } from '../cells.ts'
import type { ClassicRows } from '../classic-rows.ts'
import { type IdRows, isNoId, type Rows, type TextRows } from '../columns.ts'
import type { ItemsWriter } from '../encode.ts'
import { constantFragments, type Fragments } from '../fragments.ts'
import type { HistogramRows } from '../histogram-rows.ts'
import { BUCKETS } from '../schema.ts'
import { constant, type JsonWriter, MOST_ESCAPED } from './json-writer.ts'
import { doubleJson, encodeAttributes, encodeField, keyJson, separator } from './values.ts'

/** The JSON before and after a value. */
interface Frame {
  readonly head: Fragments
  readonly tail: Fragments
}
type JsonCell = Cell<Frame>

const NOTHING = constantFragments(new Uint8Array())
/** A number, the quotes around an id, or braces. */
const MOST_VALUE_BYTES = 48
/** A bucket: a count of up to 20 digits, quotes and a comma. An empty one has one digit. */
const BUCKET_BYTES = 24
const COMMA = 0x2c
const BRACE = 0x7d
const QUOTE = 0x22

/** The text around fields of the schema: the same for all tables, of which many have a few rows only. */
const shared = memoized(new Map<string, Fragments>(), constant)

const SYNTAX: CellSyntax<Frame> = {
  noFrame: { head: NOTHING, tail: NOTHING },
  order: message => message.inOrder,
  isSkipped: field => field.zero === undefined,
  encode: encodeField,
  encodeAttributes,
  frame(path, key) {
    const field = path.at(-1)!
    if (field.isRepeated) return { head: shared(`${separator(field)}"${field.name}":[`), tail: shared(']') }
    const quote = field.kind === 'double' || typeof field.kind === 'object' ? '' : '"'
    const value = `"${field.name}":${quote}`
    const outer = path.at(-2)
    if (outer === undefined) return { head: shared(`${separator(field)}${value}`), tail: shared(quote) }
    if (key !== undefined) return { head: constant(`${keyJson(key)}{${value}`), tail: shared(`${quote}}},`) }
    return { head: shared(`${separator(outer)}"${outer.name}":{${value}`), tail: shared(`${quote}}`) }
  },
  list: (field, of) => {
    const frame = { head: shared(`${separator(field)}"${field.name}":[`), tail: NOTHING }
    return [toCell({ kind: 'list', present: undefined, of }, frame)]
  },
}

/** Makes the cells of the messages of one table. */
export const createCellMaker = () => new CellMaker(SYNTAX)

/** Writes a message per row, with a comma after it. */
export class JsonRows implements ItemsWriter {
  readonly #w: JsonWriter
  readonly #cells: readonly JsonCell[]
  readonly #histogram: HistogramRows | undefined
  readonly #texts: readonly TextRows[]
  /** An upper bound for a row, but for texts and buckets. */
  readonly #frameBytes: number

  constructor(w: JsonWriter, rows: Rows, maker: CellMaker<Frame>) {
    this.#w = w
    this.#cells = maker.cells(rows)
    this.#histogram = rows.histogram
    const all = this.#cells.flatMap(cell => (cell.kind === 'list' ? [cell, ...cell.of] : [cell]))
    this.#texts = all.flatMap(cell => (cell.kind === 'string' ? [cell.of] : []))
    this.#frameBytes = all.reduce((sum, cell) => sum + mostBytes(cell), 2)
  }

  /** Writes the rows `order[from]` to below `order[to]`; returns how many of them are messages. */
  write(order: Uint32Array, from: number, to: number): number {
    let written = 0
    for (let at = from; at < to; at++) {
      const row = order[at]!
      if (this.#histogram?.isEmpty(row)) continue
      this.#message(row)
      written++
    }
    return written
  }

  #message(row: number): void {
    const w = this.#w
    let texts = 0
    for (const { first } of this.#texts) texts += first[row + 1]! - first[row]!
    const buckets = this.#histogram === undefined ? 0 : BUCKET_BYTES * this.#histogram.span(row)
    w.reserve(this.#frameBytes + MOST_ESCAPED * texts + buckets)
    this.#all(this.#cells, row)
    w.byte(BRACE)
    w.byte(COMMA)
  }

  #all(cells: readonly JsonCell[], row: number): void {
    const w = this.#w
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      if (cell.present !== undefined && cell.present[row] === 0) continue
      // Not functions of their own: a call for each cell would cost as much as what it does.
      if (cell.kind === 'coded') w.fragment(cell.of, row)
      else if (cell.kind === 'string') this.#text(cell, cell.of, row)
      else if (cell.kind === 'int64') this.#signed(cell.frame, cell.of, row)
      else if (cell.kind === 'fixed64') this.#unsigned(cell, cell.of[2 * row]!, cell.of[2 * row + 1]!)
      else if (cell.kind === 'bytes') this.#id(cell.of, cell.frame.head, row)
      else if (cell.kind === 'constant') w.literal(cell.of)
      else this.#rare(cell, row)
    }
  }

  #rare(cell: JsonCell, row: number): void {
    const w = this.#w
    switch (cell.kind) {
      case 'double':
        w.literal(cell.frame.head)
        w.raw(doubleJson(cell.of[row]!))
        return
      case 'count':
        cell.of.count(row)
        this.#unsigned(cell, cell.of.low, cell.of.high)
        return
      case 'buckets':
        this.#buckets(cell.of, cell.frame, row)
        return
      case 'classic':
        this.#classic(cell.of, cell.frame, row)
        return
      case 'list':
        this.#list(cell.of, cell.frame, row)
    }
  }

  #signed({ head, tail }: Frame, words: Uint32Array, row: number): void {
    this.#w.literal(head)
    this.#w.signed(words[2 * row]!, words[2 * row + 1]!)
    this.#w.literal(tail)
  }

  #unsigned({ skipsZero, frame }: JsonCell, low: number, high: number): void {
    if (skipsZero && low === 0 && high === 0) return
    this.#w.literal(frame.head)
    this.#w.unsigned(low, high)
    this.#w.byte(QUOTE)
  }

  #text({ skipsZero, frame }: JsonCell, { text, first }: TextRows, row: number): void {
    const [start, end] = [first[row]!, first[row + 1]!]
    if (skipsZero && start === end) return
    this.#w.literal(frame.head)
    this.#w.text(text, start, end)
    this.#w.literal(frame.tail)
  }

  #id(of: IdRows, head: Fragments, row: number): void {
    if (isNoId(of, row)) return
    this.#w.literal(head)
    this.#w.hex(of.ids, row * of.size, (row + 1) * of.size)
    this.#w.byte(QUOTE)
  }

  /** The sparse buckets of a row as OTLP's offset and dense counts. */
  #buckets({ first, index, counts }: HistogramRows, { head }: Frame, row: number): void {
    const [from, to] = [first[row]!, first[row + 1]!]
    if (from === to) return
    const w = this.#w
    const { offset, bucketCounts } = BUCKETS.fields
    w.literal(head)
    w.raw(`{"${offset.name}":${index[from]!},"${bucketCounts.name}":[`)
    let next = index[from]!
    for (let i = from; i < to; i++) {
      for (; next < index[i]!; next++) w.raw('"0",')
      w.raw('"')
      w.unsigned(counts[2 * i]!, counts[2 * i + 1]!)
      w.raw('",')
      next++
    }
    w.endList()
    w.byte(BRACE)
  }

  /** One count per bound, and one more. */
  #classic(rows: ClassicRows, { head }: Frame, row: number): void {
    const w = this.#w
    const counts = rows.buckets(row)
    w.literal(head)
    for (let i = 0; i < counts.length; i += 2) {
      w.raw('"')
      w.unsigned(counts[i]!, counts[i + 1]!)
      w.raw('",')
    }
    w.endList()
  }

  /** Elements with a comma after each; nothing if the row has none. */
  #list(elements: readonly JsonCell[], { head }: Frame, row: number): void {
    const w = this.#w
    const mark = w.length
    w.literal(head)
    const empty = w.length
    this.#all(elements, row)
    if (w.length === empty) w.rewind(mark)
    else w.endList()
  }
}

function mostBytes({ kind, of, frame }: JsonCell): number {
  if (kind === 'coded' || kind === 'constant') return of.longest
  return frame.head.longest + frame.tail.longest + MOST_VALUE_BYTES
}
