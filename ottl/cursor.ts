/** What expressions read: one row, of whatever data. */
import type { Value, ValueMap } from './values.ts'

/**
 * What an expression depends on, so that it is asked once for all rows that have it in common: `resource`, `metric` and `row` (each
 * row has its own), `ended` (of each row too, whatever the metric), a field that has a dictionary, `attributes` (all of them), or `attribute:` and a key.
 */
export type Source = string

export function attributeSource(key: string): Source {
  return `attribute:${key}`
}

/** The key of a source that is one attribute. */
export function keyOf(source: Source): string | undefined {
  return source.startsWith('attribute:') ? source.slice('attribute:'.length) : undefined
}

export interface Cursor {
  /** A field by its name in `contexts.ts`. */
  field(name: string): Value
  /** An attribute of the row itself. */
  attribute(key: string): Value
  attributes(): ValueMap
  resourceAttributes(): ValueMap
}

/** A compiled expression. */
export interface Expression {
  readonly reads: ReadonlySet<Source>
  /** Throws EvaluationError. */
  readonly of: (cursor: Cursor) => Value
  /** What it is for every row, when that is known beforehand. */
  readonly constant?: { readonly value: Value }
  /** Where it is in the text. */
  readonly at: number
}

/** A compiled condition. */
export interface Condition {
  readonly reads: ReadonlySet<Source>
  /** Throws EvaluationError. */
  readonly of: (cursor: Cursor) => boolean
}
