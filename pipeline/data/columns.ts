/** The columns that tables are made of: one entry per row, and no object for any of them. */
import type { AttributeValue } from './attributes.ts'

/** Column of dictionary codes. One per row, each below the dictionary's length. */
export type Codes = Uint8Array | Uint16Array | Uint32Array

/** Dictionary-encoded column: row r has `values[codes[r]]`. For what repeats; encoders work once per value. */
export interface Coded<T> {
  readonly values: readonly T[]
  readonly codes: Codes
}

/** Dictionary-encoded attribute; a value `undefined` means the row lacks the attribute. */
export interface AttributeColumn extends Coded<AttributeValue | undefined> {
  readonly key: string
}

/**
 * Texts one after the other, for what hardly repeats: row r has `bytes[first[r]..first[r + 1])`, valid UTF-8, as
 * protobuf demands of a string. TextBuilder makes such columns.
 */
export interface TextColumn {
  readonly bytes: Uint8Array
  /** rows + 1 entries, ascending from 0. */
  readonly first: Uint32Array
}

/** Per row 1: the row has the attribute. Absent: all rows have it. What a row without it holds does not matter. */
interface Sparse {
  readonly present?: Uint8Array
}

export interface CodedAttribute extends AttributeColumn {
  readonly type: 'coded'
}
/** Exact signed 64-bit integers, one per row. */
interface IntegerAttribute extends Sparse {
  readonly type: 'integer'
  readonly key: string
  readonly values: BigInt64Array
}
interface TextAttribute extends TextColumn, Sparse {
  readonly type: 'text'
  readonly key: string
}

/** An attribute of events. Numbers with a fraction and booleans are for dictionaries: no event has unique ones. */
export type EventAttribute = CodedAttribute | IntegerAttribute | TextAttribute
