/** What the tests of statements share: data for any kind of row, and the slow and obvious way to evaluate. */
import type { Cursor } from '../../ottl/cursor.ts'
import { readCondition, readStatement, type Where } from '../../ottl/language.ts'
import { textIn } from '../../ottl/shape.ts'
import type { Value, ValueMap } from '../../ottl/values.ts'
import type { LogsBatch } from '../../pipeline/data/logs.ts'

interface Data {
  readonly fields?: Readonly<Record<string, Value>>
  readonly attributes?: Readonly<Record<string, Value>>
  readonly resource?: Readonly<Record<string, Value>>
}

const toMap = (values: Readonly<Record<string, Value>> = {}): ValueMap => new Map(Object.entries(values))

/** A cursor on one row, made of plain values. */
export function cursorOn({ fields = {}, attributes, resource }: Data): Cursor {
  return {
    field: name => fields[name],
    attribute: key => toMap(attributes).get(key),
    attributes: () => toMap(attributes),
    resourceAttributes: () => toMap(resource),
  }
}

/** Throws what is wrong with the condition. */
export function condition(text: string, where: Where = { signal: 'logs', context: 'log' }) {
  const read = readCondition(text, where)
  if (typeof read === 'string') throw new Error(read)
  return read
}

/** Throws what is wrong with the statement. */
export function statement(text: string, where: Where) {
  const read = readStatement(text, where)
  if (typeof read === 'string') throw new Error(read)
  return read
}

/** The bodies of all records. */
export function bodiesOf({ tables }: LogsBatch): string[] {
  return tables.flatMap(({ body, rows }) => Array.from({ length: rows }, (_, row) => textIn(body, row)))
}
