/** What an editor does, apart from how the data is laid out. */
import type { Condition, Cursor, Source } from './cursor.ts'
import type { Value, ValueMap } from './values.ts'

/** The data that is edited: attributes of the context, one of them, or a field. */
export interface Target {
  /** Undefined: a field, or all attributes. */
  readonly attribute?: string
  /** As in a Cursor; undefined: attributes. */
  readonly field?: string
  /** What the field may be. */
  readonly takes?: 'text' | 'integer'
}

interface Change<Kind extends string, Make> {
  readonly kind: Kind
  /** What it depends on, besides the data that it edits. */
  readonly reads: ReadonlySet<Source>
  /** Throws EvaluationError: then the data stays as it is. */
  readonly make: Make
}

/** One value, from the old one; undefined: none any more. */
export type ValueChange = Change<'value', (old: Value, cursor: Cursor) => Value>
/** Every attribute by itself; undefined: taken away. `only`: no other than this. */
export type EntryChange = Change<'entries', (key: string, value: Value, cursor: Cursor) => Value> & {
  readonly only?: string
}
/** All attributes together. */
export type MapChange = Change<'map', (old: ValueMap, cursor: Cursor) => ValueMap>

export interface Edit {
  readonly target: Target
  readonly change: ValueChange | EntryChange | MapChange
  readonly condition: Condition | undefined
}
