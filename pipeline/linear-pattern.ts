/**
 * Regular expressions of users, in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax): matching takes time in proportion to the text,
 * whatever the expression, where JavaScript's own can take for ever. So there are no look-arounds and no references back.
 */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'

type Matcher = ReturnType<RE2JS['matcher']>

/** Places of a match in the text: from the first character on, before the last. */
type Found = readonly [start: number, end: number]

export interface LinearPattern {
  /** All matches, from left to right, none of nothing. */
  find(text: string): Iterable<Found>
}

/** The match of a whole text: the text, then the part of each group. */
export interface WholeMatch {
  readonly groups: readonly (string | undefined)[]
  readonly named: Readonly<Record<string, string | undefined>>
}

/** Looks for a pattern anywhere in a text. */
export interface Search {
  /** Names of its groups, and how many groups it has. */
  readonly names: readonly string[]
  readonly groups: number
  /** The name of a group, from 1 on; undefined: it has none. */
  nameOf(group: number): string | undefined
  /** The first match, or none. */
  first(text: string): WholeMatch | undefined
  test(text: string): boolean
  /** The text with every match, an empty one too, replaced by what `make` gives for it. */
  replace(text: string, make: (match: WholeMatch) => string): string
}

/** Matches patterns without special characters. */
const LITERAL = /^[\w-]*$/

let library: typeof import('re2js') | undefined

/** Throws an error whose message says what is wrong with it. The library is loaded when the first is compiled. */
export function compilePattern(source: string): LinearPattern {
  const pattern = load().compile(source)
  return { find: text => findAll(pattern, text) }
}

/** Matches whole texts; undefined: this one does not. A plain word needs no library. Throws as `compilePattern`. */
export function compileWhole(source: string): (text: string) => WholeMatch | undefined {
  if (LITERAL.test(source)) return text => (text === source ? { groups: [text], named: {} } : undefined)
  const pattern = load().compile(source)
  const names = Object.entries(pattern.namedGroups())
  return text => {
    const matcher = pattern.matcher(text)
    if (!matcher.matches()) return undefined
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined)
    return { groups, named: Object.fromEntries(names.map(([name, i]) => [name, groups[i]])) }
  }
}

/** Finds a pattern anywhere, as Go's `regexp` does. Throws as `compilePattern`. */
export function compileSearch(source: string): Search {
  const pattern = load().compile(source)
  const named = Object.entries(pattern.namedGroups())
  const toMatch = (matcher: Matcher): WholeMatch => {
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined)
    return { groups, named: Object.fromEntries(named.map(([name, i]) => [name, groups[i]])) }
  }
  return {
    names: named.map(([name]) => name),
    groups: pattern.groupCount(),
    nameOf: group => named.find(([, number]) => number === group)?.[0],
    first(text) {
      const matcher = pattern.matcher(text)
      return matcher.find() ? toMatch(matcher) : undefined
    },
    test: text => pattern.matcher(text).find(),
    replace(text, make) {
      const matcher = pattern.matcher(text)
      let out = ''
      let copied = 0
      for (let end = -1; matcher.find(); end = matcher.end()) {
        if (matcher.end() === end) continue // nothing, right behind a match, is none
        out += text.slice(copied, matcher.start()) + make(toMatch(matcher))
        copied = matcher.end()
      }
      return out + text.slice(copied)
    },
  }
}

/**
 * What `template` says for a match: `$1` and `${1}` its groups by number, `$name` and `${name}` by name, `$$` a dollar. A group that
 * there is not, or that took no part, is empty. A name is as long as it can be: `$1x` is the group `1x`.
 */
export function expandTemplate(template: string, { groups, named }: WholeMatch): string {
  return template.replace(
    /\$(?:(\$)|(\w+)|\{(\w+)\})/g,
    (_, dollar?: string, bare?: string, braced?: string) => {
      if (dollar) return '$'
      const name = (bare ?? braced)!
      if (/^\d+$/.test(name)) return groups[Number(name)] ?? ''
      return Object.hasOwn(named, name) ? (named[name] ?? '') : ''
    },
  )
}

function load(): typeof RE2JS {
  library ??= createRequire(import.meta.url)('re2js') as typeof import('re2js')
  return library.RE2JS
}

function* findAll(pattern: RE2JS, text: string): Generator<Found> {
  const matcher = pattern.matcher(text)
  while (matcher.find()) if (matcher.end() > matcher.start()) yield [matcher.start(), matcher.end()]
}
