/** Rows of a table as messages in protobuf, straight from the columns. */
import { type Cell, CellMaker, type CellSyntax } from '../cells.ts'
import { type IdRows, isNoId, type Rows, type TextRows } from '../columns.ts'
import type { ItemsWriter } from '../encode.ts'
import { constantFragments, type Fragments } from '../fragments.ts'
import { type Field, KEY_VALUE } from '../schema.ts'
import type { ProtoWriter } from './proto-writer.ts'
import { encodeAttributes, encodeField } from './values.ts'

/** Around a value, from the inside: its tag, that of the AnyValue that has it, the key beside that, the tag of both. 0: none. */
interface Frame {
  readonly tag: number
  readonly outer: number
  readonly key: Fragments
  readonly list: number
}
type ProtoCell = Cell<Frame>
export type ProtoCellMaker = CellMaker<Frame>

const NO_KEY = constantFragments(new Uint8Array())
/** An integer of at most 10 bytes, or the prefix of a text, and three more prefixes. */
const MOST_FRAME_BYTES = 32
/** The prefix of a message. */
const PREFIX_BYTES = 8

const SYNTAX: CellSyntax<Frame> = {
  noFrame: { tag: 0, outer: 0, key: NO_KEY, list: 0 },
  order: message => message.byNumber,
  isSkipped: field => field.zero !== 'always',
  encode: encodeField,
  encodeAttributes,
  frame(path, key) {
    const [outer, list] = path.slice(0, -1).reverse()
    return {
      tag: path.at(-1)!.tag,
      outer: outer?.tag ?? 0,
      key: key === undefined ? NO_KEY : constantFragments(encodeField(KEY_VALUE.fields.key, key)),
      list: list?.tag ?? 0,
    }
  },
  list: (_, elements) => elements,
}

/** Makes the cells of the messages of one table. */
export const createCellMaker = () => new CellMaker(SYNTAX)

/** Writes a message per row, last to first. */
export class ProtoRows implements ItemsWriter {
  readonly #w: ProtoWriter
  readonly #tag: number
  readonly #cells: readonly ProtoCell[]
  readonly #texts: readonly TextRows[]
  /** An upper bound for a row, but for its texts. */
  readonly #frameBytes: number

  /** `list`: the field that the messages are elements of. */
  constructor(w: ProtoWriter, list: Field, rows: Rows) {
    this.#w = w
    this.#tag = list.tag
    this.#cells = createCellMaker().cells(rows)
    this.#texts = this.#cells.flatMap(cell => (cell.kind === 'string' ? [cell.of] : []))
    this.#frameBytes = this.#cells.reduce((sum, cell) => sum + mostBytes(cell), PREFIX_BYTES)
  }

  write(order: Uint32Array, from: number, to: number): number {
    for (let at = to - 1; at >= from; at--) this.#message(order[at]!)
    return to - from
  }

  #message(row: number): void {
    const w = this.#w
    let bytes = this.#frameBytes
    for (const { first } of this.#texts) bytes += first[row + 1]! - first[row]!
    w.reserve(bytes)
    const mark = w.length
    for (let i = this.#cells.length - 1; i >= 0; i--) {
      const cell = this.#cells[i]!
      if (cell.present !== undefined && cell.present[row] === 0) continue
      // Not a function of its own: a call for each cell would cost as much as what it does.
      if (cell.kind === 'coded') w.fragment(cell.of, row)
      else if (cell.kind === 'string') this.#text(cell, cell.of, row)
      else if (cell.kind === 'int64') this.#integer(cell.frame, cell.of, row)
      else if (cell.kind === 'fixed64') this.#fixed(cell, cell.of, row)
      else if (cell.kind === 'bytes') this.#id(cell.of, cell.frame.tag, row)
      else if (cell.kind === 'constant') w.literal(cell.of)
    }
    w.prefix(this.#tag, mark)
  }

  #fixed({ skipsZero, frame }: ProtoCell, words: Uint32Array, row: number): void {
    const low = words[2 * row]!
    const high = words[2 * row + 1]!
    if (skipsZero && low === 0 && high === 0) return
    this.#w.fixed64(low, high)
    this.#w.byte(frame.tag)
  }

  #integer(frame: Frame, words: Uint32Array, row: number): void {
    const mark = this.#w.length
    this.#w.varint64(words[2 * row]!, words[2 * row + 1]!)
    this.#w.byte(frame.tag)
    this.#finish(frame, mark)
  }

  #text({ skipsZero, frame }: ProtoCell, { text, first }: TextRows, row: number): void {
    const w = this.#w
    const [start, end] = [first[row]!, first[row + 1]!]
    if (skipsZero && start === end) return
    const mark = w.length
    w.copy(text, start, end)
    w.prefix(frame.tag, mark)
    this.#finish(frame, mark)
  }

  /** Writes the messages around an AnyValue. */
  #finish({ outer, key, list }: Frame, mark: number): void {
    const w = this.#w
    w.prefix(outer, mark)
    if (list === 0) return
    w.literal(key)
    w.prefix(list, mark)
  }

  #id(of: IdRows, tag: number, row: number): void {
    if (isNoId(of, row)) return
    this.#w.copy(of.ids, row * of.size, (row + 1) * of.size)
    this.#w.byte(of.size)
    this.#w.byte(tag)
  }
}

function mostBytes({ kind, of, frame }: ProtoCell): number {
  return kind === 'coded' || kind === 'constant' ? of.longest : frame.key.longest + MOST_FRAME_BYTES
}
