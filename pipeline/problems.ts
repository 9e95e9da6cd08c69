/** All that is wrong with a request or a file, at once. */
import { z } from 'zod'
import { nearest } from './nearest.ts'
import { findTooLarge } from './too-large.ts'
import { wordIssue } from './word-issue.ts'

/** A mistake: where, such as `budget.calls`, and the rule. */
export interface Problem {
  readonly path: string
  readonly message: string
}

export type Checked<T> = { readonly value: T } | { readonly problems: readonly [Problem, ...Problem[]] }

/** More is no help to anybody. */
const MOST_PROBLEMS = 100

/** Returns the value as the schema has it, or its mistakes: all but where there are very many. */
export function checkAs<T>(schema: z.ZodType<T>, given: unknown): Checked<T> {
  const tooLarge = findTooLarge(given)
  if (tooLarge) return { problems: [tooLarge] }
  const result = schema.safeParse(given, { error: issue => wordIssue(issue) })
  if (result.success) return { value: result.data }
  const [first, ...others] = result.error.issues
    .slice(0, MOST_PROBLEMS)
    .flatMap(issue => toProblems(schema, issue, []))
    .slice(0, MOST_PROBLEMS)
  return { problems: [first!, ...others] }
}

type Steps = readonly PropertyKey[]

function toProblems(schema: z.ZodType, issue: z.core.$ZodIssue, before: Steps): Problem[] {
  const path = [...before, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.map(key => ({ path: toPath([...path, key]), message: unknownKey(known, key) }))
  }
  if (issue.code === 'invalid_union')
    return deepest(issue.errors).flatMap(inner => toProblems(schema, inner, path))
  return [{ path: toPath(path), message: issue.message }]
}

function toPath(steps: Steps): string {
  return steps.map(String).join('.')
}

function unknownKey(known: readonly string[], key: string): string {
  const meant = nearest(key, known)
  if (meant !== undefined) return `is not known; did you mean "${meant}"?`
  return `is not known; known here: ${known.join(', ') || 'nothing'}`
}

type JsonSchema = z.core.JSONSchema.BaseSchema

function keysAt(schema: z.ZodType, path: Steps): string[] {
  let found: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  for (const step of path) {
    const { items, properties, additionalProperties } = (found ?? {}) as JsonSchema
    found = typeof step === 'number' ? items : (properties?.[String(step)] ?? additionalProperties)
  }
  return Object.keys((found as JsonSchema | undefined)?.properties ?? {})
}

/** Returns the mistakes of the variant that the value fits best: they lie deepest. */
function deepest(variants: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(...issues.map(({ path }) => path.length))
  return variants.reduce((best, next) => (depth(next) > depth(best) ? next : best))
}
