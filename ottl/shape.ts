/** A table of any signal, as expressions read it and edits change it. */
import type { AttributeValue } from '../pipeline/data/attributes.ts'
import type { AttributeColumn, Codes, EventAttribute, TextColumn } from '../pipeline/data/columns.ts'
import type { Resource } from '../pipeline/data/resource.ts'
import { type Cursor, keyOf, type Source } from './cursor.ts'
import type { Value, ValueMap } from './values.ts'

/** An attribute column of any signal; those of metrics have no `type`, and are coded. */
export type Column = AttributeColumn | EventAttribute

export interface Shape {
  readonly rows: number
  readonly resources: readonly Resource[]
  readonly resource: Uint32Array
  readonly attributes: readonly Column[]
  /** The codes of a field that has a dictionary, and how many values that has. */
  coded(source: Source): { readonly codes: Codes; readonly size: number } | undefined
  /** A field; of one with a dictionary, `at` is a code, else a row. */
  read(name: string, at: number): Value
  /** The dictionary that a field is in; undefined: it is read by row, or is the same for all. */
  sourceOf(name: string): Source | undefined
}

/** Where the cursor stands: on a row, or on one value of one dictionary and on nothing else. */
export class ShapeCursor implements Cursor {
  readonly #shape: Shape
  readonly #columns: ReadonlyMap<string, Column>
  readonly #maps: (ValueMap | undefined)[] = []
  row = 0
  /** The dictionary on whose value `row` it stands; undefined: on a row. */
  dictionary: Source | undefined

  constructor(shape: Shape) {
    this.#shape = shape
    this.#columns = new Map(shape.attributes.map(column => [column.key, column]))
  }

  field(name: string): Value {
    const source = this.#shape.sourceOf(name)
    if (source === undefined) return this.#shape.read(name, this.row)
    return this.#shape.read(name, this.codeIn(source))
  }

  /** The code of a dictionary where it stands. */
  codeIn(source: Source): number {
    return source === this.dictionary ? this.row : this.#shape.coded(source)!.codes[this.row]!
  }

  attribute(key: string): Value {
    const column = this.#columns.get(key)
    if (!column) return undefined
    if (this.dictionary !== undefined && keyOf(this.dictionary) === key && isCoded(column))
      return toValue(column.values[this.row])
    return valueIn(column, this.row)
  }

  attributes(): ValueMap {
    const map = new Map<string, Value>()
    for (const key of this.#columns.keys()) {
      const value = this.attribute(key)
      if (value !== undefined) map.set(key, value)
    }
    return map
  }

  /** The index of the resource where it stands. */
  resourceIndex(): number {
    return this.dictionary === 'resource' ? this.row : this.#shape.resource[this.row]!
  }

  resourceAttributes(): ValueMap {
    const index = this.resourceIndex()
    this.#maps[index] ??= toMap(this.#shape.resources[index]!)
    return this.#maps[index]
  }
}

export function toMap({ attributes }: Pick<Resource, 'attributes'>): Map<string, Value> {
  return new Map(Object.entries(attributes).map(([key, value]) => [key, toValue(value)]))
}

function isCoded(column: Column): column is Column & AttributeColumn {
  return !('type' in column) || column.type === 'coded'
}

/** A number without a fraction is an integer, as in all that swoll sends. */
export function toValue(value: AttributeValue | undefined): Value {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}

const decoder = new TextDecoder()

export function textIn({ bytes, first }: TextColumn, row: number): string {
  return decoder.decode(bytes.subarray(first[row], first[row + 1]))
}

function valueIn(column: Column, row: number): Value {
  if (isCoded(column)) return toValue(column.values[column.codes[row]!])
  if (column.present?.[row] === 0) return undefined
  return column.type === 'integer' ? column.values[row] : textIn(column, row)
}

/** The dictionary of a source, if it has one. */
export function codesOf(
  shape: Shape,
  source: Source,
): { readonly codes: Codes; readonly size: number } | undefined {
  if (source === 'resource') return { codes: shape.resource, size: shape.resources.length }
  const key = keyOf(source)
  if (key === undefined) return shape.coded(source)
  const column = shape.attributes.find(one => one.key === key)
  return column && isCoded(column) ? { codes: column.codes, size: column.values.length } : undefined
}

/** Sources that are the same for all rows of a table, or of one of its metrics. */
export function isShared(shape: Shape, source: Source): boolean {
  const key = keyOf(source)
  if (key !== undefined) return !shape.attributes.some(column => column.key === key)
  return (
    source === 'table' || source === 'metric' || (source === 'attributes' && shape.attributes.length === 0)
  )
}
