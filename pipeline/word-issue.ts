/** What is wrong with a value, in words. */
import type { z } from 'zod'
import { describeValue } from './config.ts'

type RawIssue = Parameters<z.core.$ZodErrorMap>[0]

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

/** The house's wording of what zod finds, for fields that have no wording of their own: `must be a number, got "x" (string)`. */
export function wordIssue(issue: RawIssue): string {
  const got = `, got ${describeValue(issue.input)}`
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'must be set'
      return `must be ${NOUNS[issue.expected] ?? issue.expected}${got}${remedy(issue.expected, issue.input)}`
    case 'invalid_value':
      return issue.input === undefined ? 'must be set' : `must be ${oneOf(issue.values)}${got}`
    case 'too_small':
      return wordLimit(issue.origin, issue.inclusive === false ? 'above' : 'at least', issue.minimum, got)
    case 'too_big':
      return wordLimit(issue.origin, issue.inclusive === false ? 'below' : 'at most', issue.maximum, got)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}${got}`
    case 'invalid_format':
      return `must ${issue.pattern ? `match ${issue.pattern}` : `be a valid ${issue.format}`}${got}`
    case 'invalid_key':
      return 'is not a valid key'
    default:
      return `is not valid${got}`
  }
}

function remedy(expected: string, input: unknown): string {
  const isTextOfOther = typeof input === 'string' && ['number', 'int', 'boolean'].includes(expected)
  if (isTextOfOther && /^(-?[\d.]+|true|false)$/.test(input)) return '; remove the quotes'
  if (expected === 'string' && ['number', 'boolean'].includes(typeof input)) return '; put it in quotes'
  return expected === 'array' && typeof input === 'string' ? `; write [${input}]` : ''
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map(value => (typeof value === 'string' ? `"${value}"` : String(value)))
  return shown.length > 1 ? `one of ${shown.join(', ')}` : `${shown[0]}`
}

function wordLimit(origin: string, relation: string, limit: number | bigint, got: string): string {
  if (origin === 'string' && Number(limit) === 1 && relation === 'at least') return 'must not be empty'
  if (origin === 'string') return `must have ${relation} ${limit} characters`
  if (origin === 'array') return `must have ${relation} ${limit} ${Number(limit) === 1 ? 'entry' : 'entries'}`
  return `must be ${relation} ${limit}${got}`
}
