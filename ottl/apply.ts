/** Edits carried out on the rows of a table: once for each group of rows that is alike in what is read. */
import type { AttributeValue } from '../pipeline/data/attributes.ts'
import type { Codes } from '../pipeline/data/columns.ts'
import { Dictionary } from '../pipeline/data/dictionary.ts'
import { createCodes } from '../pipeline/data/select-rows.ts'
import { attributeSource, type Source } from './cursor.ts'
import type { Edit } from './edit.ts'
import { groupRows } from './groups.ts'
import { attempt, type OnError, tell } from './select.ts'
import { type Column, type Shape, ShapeCursor } from './shape.ts'
import { EvaluationError, isList, isMap, typeOf, type Value, type ValueMap } from './values.ts'

/** Values by group, and the group of each row; undefined ids: all rows are of one. */
interface Outcome {
  readonly values: readonly Value[]
  readonly ids: Codes | undefined
  /** Groups are the codes of a dictionary, whose column the outcome may share. */
  readonly isCoded: boolean
  /** Two that differed may now be alike. */
  readonly isLossy: boolean
}

interface Edited {
  /** In their order; a new key is the last. The same list when nothing has changed. */
  readonly attributes: readonly Column[]
  /** Rows that differed may now be alike. */
  readonly isLossy: boolean
}

/** `isMetric`: columns without a type, whose integers are numbers. */
export function applyToAttributes(shape: Shape, edit: Edit, isMetric: boolean, onError: OnError): Edited {
  const { change, target } = edit
  if (change.kind === 'map') return applyToMap(shape, edit, isMetric, onError)
  const only = change.kind === 'value' ? target.attribute : change.only
  const keys = only === undefined ? shape.attributes.map(({ key }) => key) : [only]
  let edited: Edited = { attributes: shape.attributes, isLossy: false }
  for (const key of keys) {
    if (change.kind === 'entries' && !shape.attributes.some(column => column.key === key)) continue
    const make = (old: Value, cursor: ShapeCursor) =>
      change.kind === 'value'
        ? change.make(old, cursor)
        : old === undefined
          ? old
          : change.make(key, old, cursor)
    const outcome = evaluate(shape, { key, edit, make }, onError)
    if (outcome) edited = put(edited, key, outcome, shape.rows, isMetric)
  }
  return edited
}

interface Task {
  readonly key: string
  readonly edit: Edit
  readonly make: (old: Value, cursor: ShapeCursor) => Value
}

/** Undefined: nothing changes. */
function evaluate(shape: Shape, { key, edit, make }: Task, onError: OnError): Outcome | undefined {
  const source = attributeSource(key)
  const { change, condition } = edit
  const reads = new Set<Source>([source, ...change.reads, ...(condition?.reads ?? [])])
  const groups = groupRows(shape, reads)
  const cursor = new ShapeCursor(shape)
  const values: Value[] = []
  let hasChanged = false
  for (let group = 0; group < groups.count; group++) {
    groups.place(cursor, group)
    const old = cursor.attribute(key)
    const made = attempt(
      () => (condition && !condition.of(cursor) ? old : storable(make(old, cursor))),
      old,
      error => tell(groups, group, error, onError),
    )
    if (made !== old) hasChanged = true
    values.push(made)
  }
  if (!hasChanged) return undefined
  const had = shape.attributes.some(column => column.key === key)
  const isOwn = groups.dictionary === source && new Set(values).size === values.length
  return { values, ids: groups.ids, isCoded: groups.dictionary !== undefined, isLossy: had && !isOwn }
}

function applyToMap(shape: Shape, edit: Edit, isMetric: boolean, onError: OnError): Edited {
  const { change, condition } = edit
  const groups = groupRows(
    shape,
    new Set<Source>(['attributes', ...change.reads, ...(condition?.reads ?? [])]),
  )
  const cursor = new ShapeCursor(shape)
  const maps: ValueMap[] = []
  let hasChanged = false
  for (let group = 0; group < groups.count; group++) {
    groups.place(cursor, group)
    const old = cursor.attributes()
    const make = (): ValueMap => {
      if (change.kind !== 'map' || (condition && !condition.of(cursor))) return old
      const made = change.make(old, cursor)
      for (const value of made.values()) storable(value)
      return made
    }
    const made = attempt(make, old, error => tell(groups, group, error, onError))
    if (made !== old) hasChanged = true
    maps.push(made)
  }
  let edited: Edited = { attributes: shape.attributes, isLossy: false }
  if (!hasChanged) return edited
  const keys = new Set([...shape.attributes.map(({ key }) => key), ...maps.flatMap(map => [...map.keys()])])
  for (const key of keys)
    edited = put(
      edited,
      key,
      { values: maps.map(map => map.get(key)), ids: groups.ids, isCoded: false, isLossy: true },
      shape.rows,
      isMetric,
    )
  return edited
}

/** What attributes can be. Throws EvaluationError for anything else. */
export function storable(value: Value): Value {
  if (value instanceof Uint8Array || isList(value) || isMap(value))
    throw new EvaluationError(`an attribute must be a text, a number or a boolean, got ${typeOf(value)}`)
  return value
}

function put(
  { attributes, isLossy }: Edited,
  key: string,
  outcome: Outcome,
  rows: number,
  isMetric: boolean,
): Edited {
  const column = outcome.values.every(value => value === undefined)
    ? undefined
    : toColumn(key, outcome, rows, isMetric)
  const at = attributes.findIndex(one => one.key === key)
  const next = column
    ? at < 0
      ? [...attributes, column]
      : attributes.with(at, column)
    : attributes.filter(one => one.key !== key)
  return { attributes: next, isLossy: isLossy || outcome.isLossy }
}

function toColumn(key: string, { values, ids, isCoded }: Outcome, rows: number, isMetric: boolean): Column {
  if (!isMetric && values.every(value => value === undefined || typeof value === 'bigint'))
    return toIntegers(key, values as readonly (bigint | undefined)[], ids, rows)
  const stored = values.map(value =>
    typeof value === 'bigint' ? Number(value) : (value as AttributeValue | undefined),
  )
  if (isMetric && isCoded && ids) return { key, values: stored, codes: ids }
  const dictionary = new Dictionary<AttributeValue | undefined>()
  const code = stored.map(value => dictionary.code(value))
  const isSame = ids !== undefined && code.every((one, group) => one === group)
  const coded = { key, values: dictionary.keys, codes: isSame ? ids : translate(code, ids, rows) }
  return isMetric ? coded : { type: 'coded', ...coded }
}

function translate(code: readonly number[], ids: Codes | undefined, rows: number): Codes {
  const codes = createCodes(code.length, rows)
  if (!ids) return codes // zeros: the one value is the first
  for (let row = 0; row < rows; row++) codes[row] = code[ids[row]!]!
  return codes
}

/** Integers that hardly repeat, or that a number cannot hold, are a column of their own. */
function toIntegers(
  key: string,
  values: readonly (bigint | undefined)[],
  ids: Codes | undefined,
  rows: number,
): Column {
  const all = new BigInt64Array(rows)
  const present = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    const value = values[ids ? ids[row]! : 0]
    if (value === undefined) continue
    all[row] = value
    present[row] = 1
  }
  return { type: 'integer', key, values: all, ...(present.includes(0) && { present }) }
}
