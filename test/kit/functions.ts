/** Measures the functions of sources that Biome or clang-format has laid out: a body ends where its first line's indentation returns. */
import type { Source } from './layers.ts'

interface Measured {
  readonly path: string
  /** Number of the first line, from 1. */
  readonly line: number
  readonly lines: number
}

const DECLARATION = /^\s*(?:export )?(?:async )?function\b/
const METHOD = /^\s*(?:static |async |override |get |set |\*)*[#\w]+(?:<.*>)?\(.*\).*\{$/
const ARROW = /=> \{$/
/** The end of a list of parameters that has lines of its own: `): Promise<void> {`, `}: Options): Format {`. */
const PARAMETERS_END = /^\s*(?:\)|[\]}].*\)).*\{$/
const STATEMENT = /^\s*(?:\} )?(?:else|if|for|while|switch|catch|do|try|namespace|struct|enum)\b/
const ARM = /^\s*[?:] /

/** Returns all functions of more than `limit` lines, the longest first. A function within another counts for both. */
export function longFunctions(sources: readonly Source[], limit: number): Measured[] {
  return sources
    .flatMap(({ path, text }) => {
      const lines = text.split('\n')
      const functions = /\.(c|h|cc)$/.test(path) ? functionsInC(lines) : functionsInTypeScript(lines)
      return functions.map(([first, last]) => ({ path, line: first + 1, lines: last - first + 1 }))
    })
    .filter(({ lines }) => lines > limit)
    .sort((a, b) => b.lines - a.lines)
}

type Range = readonly [first: number, last: number]

function functionsInTypeScript(lines: readonly string[]): Range[] {
  return lines.flatMap((line, opening): Range[] => {
    if (!line.endsWith('{') || STATEMENT.test(line)) return []
    const isFunction = [DECLARATION, METHOD, ARROW, PARAMETERS_END].some(pattern => pattern.test(line))
    if (!isFunction) return []
    const indent = indentOf(line)
    const first = /^[\])}]/.test(line.trimStart()) ? lineBefore(lines, opening, indent) : opening
    if (STATEMENT.test(lines[first]!)) return []
    const last = lineAfter(lines, opening, ARM.test(line) ? indent + 2 : indent)
    return last < 0 ? [] : [[first, last]]
  })
}

/** Functions of C and C++ begin behind an empty line or a comment, and end with a brace. */
function functionsInC(lines: readonly string[]): Range[] {
  return lines.flatMap((line, last): Range[] => {
    if (line !== '}') return []
    let opening = last - 1
    while (opening > 0 && !/^(\{|\S.*\{)$/.test(lines[opening]!)) opening--
    let first = opening
    while (first > 0 && !/^(|\/\*.*|\/\/.*| \*.*|#.*|\}.*)$/.test(lines[first - 1]!)) first--
    return STATEMENT.test(lines[first]!) ? [] : [[first, last]]
  })
}

function lineBefore(lines: readonly string[], from: number, indent: number): number {
  return lines.findLastIndex((line, i) => i < from && line !== '' && indentOf(line) === indent)
}

function lineAfter(lines: readonly string[], from: number, indent: number): number {
  return lines.findIndex(
    (line, i) => i > from && indentOf(line) === indent && line.trimStart().startsWith('}'),
  )
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}
