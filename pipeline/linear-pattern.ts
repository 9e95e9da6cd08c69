/**
 * Regular expressions of users, in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax): matching takes time in proportion to the text,
 * whatever the expression, where JavaScript's own can take for ever. So there are no look-arounds and no references back.
 */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'

/** Places of a match in the text: from the first character on, before the last. */
export type Found = readonly [start: number, end: number]

export interface LinearPattern {
  /** All matches, from left to right, none of nothing. */
  find(text: string): Iterable<Found>
}

let library: typeof import('re2js') | undefined

/** Throws an error whose message says what is wrong with it. The library is loaded when the first is compiled. */
export function compilePattern(source: string): LinearPattern {
  library ??= createRequire(import.meta.url)('re2js') as typeof import('re2js')
  const pattern = library.RE2JS.compile(source)
  return { find: text => findAll(pattern, text) }
}

function* findAll(pattern: RE2JS, text: string): Generator<Found> {
  const matcher = pattern.matcher(text)
  while (matcher.find()) if (matcher.end() > matcher.start()) yield [matcher.start(), matcher.end()]
}
