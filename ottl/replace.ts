/** What the editors that replace have in common: a pattern, a replacement, and what is made of the replacement. */
import { expandTemplate } from '../pipeline/linear-pattern.ts'
import { CONVERTERS } from './converters.ts'
import type { Cursor, Expression } from './cursor.ts'
import { type Parameter, patterns } from './functions.ts'
import { compileGlob } from './glob.ts'
import { EvaluationError, type Value } from './values.ts'

const REPLACEMENT: readonly Parameter[] = [
  { name: 'replacement', kind: 'text' },
  { name: 'function', kind: 'converter', isOptional: true },
  { name: 'replacement_format', kind: 'text', isOptional: true },
]
export const BY_PATTERN: readonly Parameter[] = [{ name: 'regex_pattern', kind: 'pattern' }, ...REPLACEMENT]
export const BY_GLOB: readonly Parameter[] = [{ name: 'pattern', kind: 'text' }, ...REPLACEMENT]

export type Arguments = ReadonlyMap<string, Expression>

/** The new text; undefined: the pattern does not match. */
export type Replace = (text: string, cursor: Cursor) => string | undefined

/** Replaces each match in a text. */
export function replacePattern(values: Arguments, converter: string | undefined): Replace {
  const compile = patterns()
  const finish = finisher(values, converter)
  return (text, cursor) => {
    const search = compile(values.get('regex_pattern')!.of(cursor) as string)
    if (!search.test(text)) return undefined
    const template = values.get('replacement')!.of(cursor) as string
    return search.replace(text, match => finish(expandTemplate(template, match), cursor))
  }
}

/** Replaces a text that matches as a whole. */
export function replaceMatch(values: Arguments, converter: string | undefined): Replace {
  const finish = finisher(values, converter)
  const fixed =
    values.get('pattern')!.constant && compileGlob(values.get('pattern')!.constant!.value as string)
  return (text, cursor) => {
    const matches = fixed ?? compileGlob(values.get('pattern')!.of(cursor) as string)
    return matches(text) ? finish(values.get('replacement')!.of(cursor) as string, cursor) : undefined
  }
}

/** Exactly one `%s`, and nothing else with a percent sign. */
const FORMAT = /^[^%]*%s[^%]*$/

/** Gives a replacement to the converter, and puts the result into the format. */
function finisher(
  values: Arguments,
  converter: string | undefined,
): (text: string, cursor: Cursor) => string {
  const convert = converter === undefined ? undefined : CONVERTERS.get(converter)!.create()
  if (!convert) return text => text
  return (text, cursor) => {
    const made = (convert as (value: Value) => Value)(text)
    if (typeof made !== 'string') throw new EvaluationError(`${converter} must make a text to replace with`)
    const format = values.get('replacement_format')?.of(cursor) as string | undefined
    if (format === undefined) return made
    if (!FORMAT.test(format))
      throw new EvaluationError(
        `replacement_format must have "%s" once, got ${JSON.stringify(format.slice(0, 60))}`,
      )
    return format.replace('%s', () => made)
  }
}
