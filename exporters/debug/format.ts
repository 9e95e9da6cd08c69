/** Texts that all signals share. Names come from the watched programs, so everything is escaped here. */
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import type { Resource, Scope } from '../../pipeline/data/resource.ts'

/** C0 and C1 controls, line and paragraph separators, and marks that change the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** The text with every character that could move a cursor or break a line as an escape such as `\n` or `\u001b`. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, character => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** A table of any signal, as far as grouping needs it. */
export interface ShownTable {
  readonly scope: Scope
  readonly rows: number
  readonly resource: Uint32Array
}
/** The rows of a table that belong to one resource. */
export interface Group<T> {
  readonly resource: Resource
  readonly table: T
  readonly rows: readonly number[]
}

/**
 * Yields the lines of a batch, resource by resource in each table, numbered from 0: those of `head`, then those of `body`.
 * Resources are in the order of the batch, rows in that of the table.
 */
export function* groupedLines<T extends ShownTable>(
  batch: { readonly resources: readonly Resource[]; readonly tables: readonly T[] },
  head: (number: number, group: Group<T>) => Iterable<string>,
  body: (group: Group<T>) => Iterable<string>,
): Generator<string> {
  let number = 0
  for (const table of batch.tables)
    for (const [owner, rows] of rowsByResource(table)) {
      const group = { resource: batch.resources[owner]!, table, rows }
      yield* head(number++, group)
      yield* body(group)
    }
}

function rowsByResource({ rows, resource }: ShownTable): [owner: number, rows: number[]][] {
  const byResource = Map.groupBy(Array(rows).keys(), row => resource[row]!)
  return [...byResource].sort(([a], [b]) => a - b)
}

export type Pair = readonly [key: string, value: AttributeValue | bigint]

/** Yields the resource with its attributes in a line, and the scope in one. */
export function* groupLines(
  name: string,
  number: number,
  { resource, table }: Group<{ scope: Scope }>,
): Generator<string> {
  yield spaced(`Resource${name} #${number}`, ...pairs(Object.entries(resource.attributes)))
  yield escapeControls(`Scope${name} #0 ${table.scope.name}@${table.scope.version}`)
}

/** Yields the resource and the scope with an attribute per line. */
export function* detailedGroupLines(
  name: string,
  number: number,
  { resource, table }: Group<{ scope: Scope }>,
): Generator<string> {
  yield `Resource${name} #${number}`
  yield* titled('Resource attributes:', Object.entries(resource.attributes))
  yield `Scope${name} #0`
  yield escapeControls(`InstrumentationScope ${table.scope.name} ${table.scope.version}`)
}

export const spaced = (...words: string[]): string => words.join(' ')
/** `key=value` each. */
export const pairs = (all: readonly Pair[]): string[] =>
  all.map(([key, value]) => escapeControls(`${key}=${value}`))

/** Each with its type on a line, below the title; nothing if there are none. */
export function* titled(title: string, all: readonly Pair[]): Generator<string> {
  if (all.length > 0) yield title
  for (const [key, value] of all) yield escapeControls(`     -> ${key}: ${typeName(value)}(${value})`)
}

function typeName(value: Pair[1]): string {
  if (typeof value === 'string') return 'Str'
  if (typeof value === 'boolean') return 'Bool'
  return typeof value === 'bigint' || Number.isInteger(value) ? 'Int' : 'Double'
}

/** ISO 8601 in UTC, to the nanosecond. */
export function toTimestamp(unixNano: bigint): string {
  const seconds = new Date(Number(unixNano / 1_000_000_000n) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(unixNano % 1_000_000_000n).padStart(9, '0')}Z`
}
