/** A line of strace, taken apart. */

/** `name(a, b) = 1 (note)`. */
export interface CallText {
  readonly name: string
  readonly arguments: readonly string[]
  /** What follows the result, in parentheses; of an error its description. */
  readonly note: string | undefined
}

const OPENING = '([{'
const CLOSING = ')]}'

/** The parts of a line. Commas in strings, comments, brackets and braces separate nothing. */
export function splitCall(text: string): CallText {
  const open = text.indexOf('(')
  const parts: string[] = []
  let start = open + 1
  let at = start
  for (let depth = 1; depth > 0; at++) {
    if (text[at] === '"') at = endOfString(text, at)
    else if (text.startsWith('/*', at)) at = text.indexOf('*/', at) + 1
    else if (OPENING.includes(text[at]!)) depth++
    else if (CLOSING.includes(text[at]!)) depth--
    if (depth === 0 || (depth === 1 && text[at] === ',')) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  const note = /^\s*= \S+(?: E\w+)? \((.*)\)$/.exec(text.slice(at))?.[1]
  return { name: text.slice(0, open), arguments: parts[0] === '' ? [] : parts, note }
}

function endOfString(text: string, at: number): number {
  let end = at + 1
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end
}
