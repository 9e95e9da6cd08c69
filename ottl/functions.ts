/** How a function of the language says what arguments it takes. */
import { compileSearch, type Search } from '../pipeline/linear-pattern.ts'
import { memoized } from '../pipeline/memoized.ts'
import type { Cursor, Expression } from './cursor.ts'
import { EvaluationError, isList, isMap, toText, typeOf, type Value } from './values.ts'

/** What a parameter takes; `pattern`: a regular expression; `converter`: the name of a converter of one text. */
type Kind = 'any' | 'text' | 'pattern' | 'texts' | 'integer' | 'boolean' | 'list' | 'map' | 'converter'

export interface Parameter {
  readonly name: string
  readonly kind: Kind
  readonly isOptional?: boolean
  /** Must be known before there is any data. */
  readonly isConstant?: boolean
}

const FITS: Readonly<Record<Exclude<Kind, 'converter'>, (value: Value) => boolean>> = {
  any: () => true,
  text: value => typeof value === 'string',
  pattern: value => typeof value === 'string',
  texts: value => isList(value) && value.every(item => typeof item === 'string'),
  integer: value => typeof value === 'bigint',
  boolean: value => typeof value === 'boolean',
  list: isList,
  map: isMap,
}
const NAMES: Readonly<Record<Kind, string>> = {
  any: 'a value',
  text: 'a text',
  pattern: 'a text',
  texts: 'a list of texts',
  integer: 'an integer',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map',
  converter: 'the name of a converter',
}

/** Why the value cannot be an argument for `parameter`; undefined: it can. */
export function misfit({ name, kind }: Parameter, value: Value): string | undefined {
  if (kind === 'converter' || FITS[kind](value)) return undefined
  return `${name} must be ${NAMES[kind]}, got ${typeOf(value)}`
}

/** The argument's value for a row. Throws EvaluationError when it does not fit the parameter. */
export function argumentOf(parameter: Parameter, { constant, of }: Expression): (cursor: Cursor) => Value {
  if (constant) return () => constant.value
  return cursor => {
    const value = of(cursor)
    const fault = misfit(parameter, value)
    if (fault) throw new EvaluationError(fault)
    return value
  }
}

/** A dynamic pattern may be another for every row: so many are kept compiled. */
const MOST_PATTERNS = 100

/** Compiles patterns, each once. Throws EvaluationError for one that is none. */
export function patterns(): (source: string) => Search {
  const known = new Map<string, Search>()
  const compile = memoized(known, (source: string) => {
    if (known.size >= MOST_PATTERNS) known.clear()
    try {
      return compileSearch(source)
    } catch (cause) {
      throw new EvaluationError(
        `must be a regular expression as RE2 has them, got ${JSON.stringify(source.slice(0, 60))}: ${(cause as Error).message}`,
      )
    }
  })
  return compile
}

/** The text of a value; undefined: of `nil`. */
export function textOf(value: Value): string | undefined {
  return value === undefined ? undefined : toText(value)
}
