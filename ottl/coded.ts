/** Edits of fields: of those that have a dictionary, once for each of its values. */
import type { Coded, Codes, TextColumn } from '../pipeline/data/columns.ts'
import { Dictionary } from '../pipeline/data/dictionary.ts'
import { createCodes } from '../pipeline/data/select-rows.ts'
import { TextBuilder } from '../pipeline/data/text-builder.ts'
import type { Source } from './cursor.ts'
import type { Edit, Target } from './edit.ts'
import { groupRows } from './groups.ts'
import { attempt, type OnError, tell } from './select.ts'
import { type Shape, ShapeCursor } from './shape.ts'
import { EvaluationError, typeOf, type Value } from './values.ts'

/** What a field may be. Throws EvaluationError for anything else. */
export function fitting({ field, takes }: Target, value: Value): Value {
  const isFit = takes === 'text' ? typeof value === 'string' : typeof value === 'bigint'
  if (!isFit)
    throw new EvaluationError(
      `${field} must be ${takes === 'text' ? 'a text' : 'an integer'}, got ${typeOf(value)}`,
    )
  return value
}

/** The field's new value where the cursor stands; the old one if the condition is false. Throws EvaluationError. */
export function changed({ change, condition, target }: Edit, old: Value, cursor: ShapeCursor): Value {
  if (change.kind !== 'value' || (condition && !condition.of(cursor))) return old
  const made = change.make(old, cursor)
  return made === old || made === undefined ? old : fitting(target, made)
}

/** How a field is in the values of a dictionary. */
export interface Part<T> {
  get(whole: T): Value
  /** The whole with another value. Throws EvaluationError for what it cannot have. */
  with(whole: T, value: Value): T
}

/** The column after the edit, itself if nothing changes. `source`: its dictionary. */
export function editCoded<T>(
  shape: Shape,
  edit: Edit,
  { column, source, part }: { readonly column: Coded<T>; readonly source: Source; readonly part: Part<T> },
  onError: OnError,
): Coded<T> {
  const groups = groupRows(shape, readsOf(edit, source))
  const cursor = new ShapeCursor(shape)
  const dictionary = new Dictionary<string>()
  const values: T[] = []
  const code: number[] = []
  let hasChanged = false
  for (let group = 0; group < groups.count; group++) {
    groups.place(cursor, group)
    const whole = column.values[cursor.codeIn(source)]!
    const old = part.get(whole)
    const make = () => {
      const value = changed(edit, old, cursor)
      return value === old ? whole : part.with(whole, value)
    }
    const made = attempt(make, whole, error => tell(groups, group, error, onError))
    if (made !== whole) hasChanged = true
    const number = dictionary.code(JSON.stringify(made))
    values[number] = made
    code.push(number)
  }
  return hasChanged ? { values, codes: translate(code, groups.ids!, shape.rows) } : column
}

function translate(code: readonly number[], ids: Codes, rows: number): Codes {
  const codes = createCodes(code.length, rows)
  for (let row = 0; row < rows; row++) codes[row] = code[ids[row]!]!
  return codes
}

/** The texts after the edit, row by row. */
export function editTexts(
  shape: Shape,
  edit: Edit,
  { column, textAt }: { readonly column: TextColumn; textAt(row: number): string },
  onError: OnError,
): TextColumn {
  const builder = new TextBuilder(shape.rows, column.bytes.length)
  const cursor = new ShapeCursor(shape)
  for (let row = 0; row < shape.rows; row++) {
    cursor.row = row
    const old = textAt(row) || undefined
    const made = attempt(
      () => changed(edit, old, cursor),
      old,
      error => onError(error, 1),
    )
    builder.add((made as string | undefined) ?? '')
  }
  return builder.take()
}

function readsOf({ change, condition }: Edit, own: Source): ReadonlySet<Source> {
  return new Set([own, ...change.reads, ...(condition?.reads ?? [])])
}
