/** The rows of a table as a list of cells, in the order in which a syntax writes them: what repeats is encoded once, side by side. */
import type { AttributeColumn, Codes } from '../pipeline/data/columns.ts'
import { toWords } from '../pipeline/data/u64.ts'
import type { Columns, OwnValues, Rows } from './columns.ts'
import { type Fragments, joinFragments, mergeFragments, toFragments, toSource } from './fragments.ts'
import { ANY_VALUE, type Field, KEY_VALUE, type Message } from './schema.ts'

type Content<F> =
  | OwnValues
  | { readonly kind: 'coded' | 'constant'; readonly present: undefined; readonly of: Fragments }
  | { readonly kind: 'list'; readonly present: undefined; readonly of: readonly Cell<F>[] }

/** A part of each row. `F`: what a syntax writes around the value. */
export type Cell<F> = Content<F> & {
  readonly frame: F
  /** A value of zero, or an empty text, is not written. */
  readonly skipsZero: boolean
}

/** All cells have the same shape, so that reading one is fast. */
export function toCell<F>({ kind, present, of }: Content<F>, frame: F, skipsZero = false): Cell<F> {
  return { kind, present, of, frame, skipsZero } as Cell<F>
}

/** The part of a syntax that makes cells. */
export interface CellSyntax<F> {
  /** For cells that are written as they are. */
  readonly noFrame: F
  order(message: Message): readonly Field[]
  isSkipped(field: Field): boolean
  /** Returns a field with its value; no bytes if it is not to be written. */
  encode(field: Field, value: unknown): Uint8Array
  /** Returns each value as an element of a list of attributes; no bytes for one that is undefined. */
  encodeAttributes(field: Field, key: string, values: AttributeColumn['values']): Uint8Array[]
  /** Returns the frame for a value: the path leads from the message of the row to its field. `key` is that of an attribute. */
  frame(path: readonly Field[], key?: string): F
  /** Returns the cells for the attributes of a row. */
  list(field: Field, elements: readonly Cell<F>[]): readonly Cell<F>[]
}

/** A coded field, or one that is the same for all rows. */
interface Repeating {
  /** Undefined: the same for all. */
  readonly codes: Codes | undefined
  /** For each code, or for all: the bytes of fields side by side. */
  readonly parts: readonly (readonly Uint8Array[])[]
}

/** Makes the cells of the messages of one table. */
export class CellMaker<F> {
  readonly #syntax: CellSyntax<F>
  /** By tag of the field: the metrics of a table share their attributes. */
  readonly #coded = new Map<number, readonly Fragments[]>()

  constructor(syntax: CellSyntax<F>) {
    this.#syntax = syntax
  }

  cells({ message, sources, count }: Rows): Cell<F>[] {
    const cells: Cell<F>[] = []
    let repeating: Repeating[] = []
    const flush = () => {
      cells.push(...this.#repeating(repeating, count))
      repeating = []
    }
    for (const field of this.#syntax.order(message)) {
      const source = sources[field.name]
      if (source === undefined) continue
      if (source.kind === 'constant')
        repeating.push({ codes: undefined, parts: [[this.#syntax.encode(field, source.value)]] })
      else if (source.kind === 'coded') {
        const parts = source.values.map(value => [this.#syntax.encode(field, value)])
        repeating.push({ codes: source.codes, parts })
      } else {
        flush()
        if (source.kind === 'attributes') cells.push(...this.#list(field, source.columns, count))
        else cells.push(this.#own(field, source))
      }
    }
    flush()
    return cells
  }

  /** Returns as few cells as make sense for fields side by side. */
  #repeating(fields: readonly Repeating[], rows: number): Cell<F>[] {
    const joined: Repeating[] = []
    for (const field of fields) {
      const last = joined.pop()
      joined.push(...(last ? join(last, field) : [field]))
    }
    if (joined[0]?.codes === undefined) {
      const all = joinFragments(new Uint8Array(1), joined[0]?.parts ?? [])
      return all.longest > 0 ? [this.#plain('constant', all)] : []
    }
    const columns = joined.map(({ codes, parts }) => joinFragments(codes!, parts))
    return mergeFragments(columns, rows).map(of => this.#plain('coded', of))
  }

  #own(field: Field, values: OwnValues): Cell<F> {
    const path = field.kind === ANY_VALUE ? [field, ANY_VALUE.fields.stringValue] : [field]
    return toCell(values, this.#syntax.frame(path), this.#syntax.isSkipped(field))
  }

  /** Returns the cells of attributes: those of dictionaries first, then integers, then texts. */
  #list(field: Field, columns: Columns, rows: number): readonly Cell<F>[] {
    const { intValue, stringValue } = ANY_VALUE.fields
    const frame = (key: string, value: Field) =>
      this.#syntax.frame([field, KEY_VALUE.fields.value, value], key)
    const coded = this.coded(field, columns, rows).map(of => this.#plain('coded', of))
    const integers = columns.flatMap(column => {
      if ('codes' in column || column.type !== 'integer') return []
      const { key, present, values } = column
      return [toCell({ kind: 'int64', present, of: toWords(values) }, frame(key, intValue))]
    })
    const texts = columns.flatMap(column => {
      if ('codes' in column || column.type !== 'text') return []
      const { key, present, bytes, first } = column
      return [
        toCell({ kind: 'string', present, of: { text: toSource(bytes), first } }, frame(key, stringValue)),
      ]
    })
    return this.#syntax.list(field, [...coded, ...integers, ...texts])
  }

  /** Returns the attributes that come from dictionaries, in as few columns as make sense. */
  coded(field: Field, columns: Columns, rows: number): readonly Fragments[] {
    const known = this.#coded.get(field.tag)
    if (known) return known
    const encoded = columns.flatMap(column =>
      'codes' in column
        ? [toFragments(column.codes, this.#syntax.encodeAttributes(field, column.key, column.values))]
        : [],
    )
    const merged = mergeFragments(encoded, rows)
    this.#coded.set(field.tag, merged)
    return merged
  }

  #plain(kind: 'coded' | 'constant', of: Fragments): Cell<F> {
    return toCell({ kind, present: undefined, of }, this.#syntax.noFrame)
  }
}

/** Returns two fields as one, if they have the same codes or one of them has the same value for all rows. */
function join(a: Repeating, b: Repeating): Repeating[] {
  if (a.codes && b.codes && a.codes !== b.codes) return [a, b]
  const { length } = (a.codes ? a : b).parts
  const parts = Array.from({ length }, (_, code) => [
    ...a.parts[a.codes ? code : 0]!,
    ...b.parts[b.codes ? code : 0]!,
  ])
  return [{ codes: a.codes ?? b.codes, parts }]
}
