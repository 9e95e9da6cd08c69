import { compileWhole } from '../pipeline/linear-pattern.ts'
import { EvaluationError } from './values.ts'

const SPECIAL = /[\\^$.|?*+()[\]{}]/

/**
 * Whether the whole text is as `glob` says: `*` any text, `?` any character, `[a-c]` and `[!a-c]` one of, or none of, these, `{a,b}` one of
 * these, `\` before a character that stands for itself. Takes time in proportion to the text. Throws EvaluationError for what is no such pattern.
 */
export function compileGlob(glob: string): (text: string) => boolean {
  const matches = wrap(glob, () => compileWhole(toPattern(glob)))
  return text => matches(text) !== undefined
}

function toPattern(glob: string): string {
  let [pattern, depth] = ['(?s)', 0]
  const characters = Array.from(glob)
  for (let at = 0; at < characters.length; at++) {
    const one = characters[at]!
    if (one === '\\') pattern += quote(characters[++at] ?? '\\')
    else if (one === '*') pattern += '.*'
    else if (one === '?') pattern += '.'
    else if (one === '[') {
      const end = characters.indexOf(']', at + 1)
      pattern += toClass(characters.slice(at + 1, end < 0 ? at + 1 : end).join(''))
      at = end
    } else if (one === '{' || one === '}') {
      depth += one === '{' ? 1 : -1
      if (depth < 0) throw new Error('a bracket is closed that was not opened')
      pattern += one === '{' ? '(?:' : ')'
    } else pattern += one === ',' && depth > 0 ? '|' : quote(one)
  }
  if (depth > 0) throw new Error('a bracket is not closed')
  return pattern
}

function toClass(inside: string): string {
  const isNegated = inside.startsWith('!')
  const characters = isNegated ? inside.slice(1) : inside
  if (characters === '') throw new Error('a list of characters is empty, or not closed')
  return `[${isNegated ? '^' : ''}${characters.replace(/[\\^[\]]/g, '\\$&')}]`
}

function quote(character: string): string {
  return SPECIAL.test(character) ? `\\${character}` : character
}

function wrap<T>(glob: string, compile: () => T): T {
  try {
    return compile()
  } catch (cause) {
    throw new EvaluationError(
      `must be a pattern such as "/etc/*", got ${JSON.stringify(glob.slice(0, 60))}: ${(cause as Error).message}`,
    )
  }
}
