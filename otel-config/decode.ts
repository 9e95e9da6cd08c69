import { z } from 'zod'
import { nearest } from '../pipeline/nearest.ts'
import { wordIssue } from '../pipeline/word-issue.ts'
import type { Findings, Path } from './issues.ts'
import { hintForOldKey } from './old-keys.ts'
import { isNull, type Node, nodeAt, placeOf, placeOfKey, toPlain } from './tree.ts'

/** One part of a configuration, and where findings about it go. */
export interface Part {
  readonly root: Node
  /** Path of the part, from the root. A part that is missing or null is an empty map. */
  readonly path: Path
  readonly findings: Findings
}

/**
 * The part as the schema has it, or undefined after telling every problem: unknown keys with the nearest known one,
 * wrong values with the rule. A value that a reference brought is taken as the text it was where the schema wants
 * text. A key without a value keeps its default, but below the path `nullable` of the part null is a value of its own.
 */
export function decode<T>(schema: z.ZodType<T>, part: Part, nullable?: Path): T | undefined {
  const asText = new Set<Node>()
  const keepNulls = nullable && nodeAt(part.root, [...part.path, ...nullable])
  const parse = () => {
    const node = nodeAt(part.root, part.path)
    const plain = node === undefined || isNull(node) ? {} : toPlain(node, { asText, keepNulls })
    return schema.safeParse(plain, { error: issue => wordIssue(issue) })
  }
  let result = parse()
  for (const issue of result.error?.issues.filter(wantsText) ?? []) {
    const culprit = nodeAt(part.root, fullPath(part, issue))
    if (culprit?.text !== undefined) asText.add(culprit)
  }
  if (asText.size > 0) result = parse()
  for (const issue of withoutFollowUps(schema, result.error?.issues ?? [])) tell(schema, part, issue)
  return result.data
}

type Issues = readonly z.core.$ZodIssue[]

/**
 * Leaves out what another issue explains. A list where text is wanted also breaks the rules for the text's length; a key that is
 * misspelt is missing too.
 */
function withoutFollowUps(schema: z.ZodType, issues: Issues): Issues {
  const pathOf = (issue: z.core.$ZodIssue) => issue.path.join('::')
  const mistyped = new Set(issues.filter(issue => issue.code === 'invalid_type').map(pathOf))
  const misspelt = new Set(issues.flatMap(issue => meantKeys(schema, issue)))
  return issues.filter(issue =>
    issue.code === 'invalid_type' || issue.message === MISSING
      ? !(issue.message === MISSING && misspelt.has(pathOf(issue)))
      : !mistyped.has(pathOf(issue)),
  )
}

/** Paths of the keys that the unknown ones of an issue stand for. */
function meantKeys(schema: z.ZodType, issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return []
  const known = keysAt(schema, issue.path.map(toStep))
  const only = known.length === 1 ? known[0] : undefined
  const meant = issue.keys.map(key => nearest(key, known) ?? only).filter(key => key !== undefined)
  return meant.map(key => [...issue.path, key].join('::'))
}

const MISSING = 'must be set'

/** Tells that the last key of `path` is none of `known`. */
export function refuseKey({ root, path, findings }: Part, known: readonly string[]): void {
  const meant = nearest(String(path.at(-1)), known)
  const hint =
    hintForOldKey(path) ?? (meant ? `did you mean "${meant}"?` : `known here: ${known.join(', ') || 'none'}`)
  findings.refuse(placeOfKey(root, path), path, 'unknown key', hint)
}

function fullPath(part: Part, issue: z.core.$ZodIssue): Path {
  return [...part.path, ...issue.path.map(toStep)]
}

function toStep(step: PropertyKey): string | number {
  return typeof step === 'number' ? step : String(step)
}

function wantsText(issue: z.core.$ZodIssue): boolean {
  return (issue.code === 'invalid_type' && issue.expected === 'string') || issue.code === 'invalid_union'
}

function tell(schema: z.ZodType, part: Part, issue: z.core.$ZodIssue): void {
  const path = fullPath(part, issue)
  const { root, findings } = part
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path.slice(part.path.length))
    for (const key of issue.keys) refuseKey({ ...part, path: [...path, key] }, known)
  } else if (issue.code === 'invalid_union') {
    const inner = deepest(issue.errors).map(one => ({ ...one, path: [...issue.path, ...one.path] }))
    for (const one of withoutFollowUps(schema, inner)) tell(schema, part, one)
  } else if (issue.code === 'invalid_key') {
    findings.refuse(placeOfKey(root, path), path, issue.issues.map(inner => inner.message).join(' and '))
  } else {
    findings.refuse(placeOf(root, path), path, issue.message, meantValue(issue, nodeAt(root, path)))
  }
}

function meantValue(issue: z.core.$ZodIssue, node: Node | undefined): string | undefined {
  if (issue.code !== 'invalid_value' || node?.kind !== 'scalar') return undefined
  if (typeof node.value !== 'string' && issue.values.includes(String(node.value))) return 'put it in quotes'
  const meant = nearest(String(node.value), issue.values.map(String))
  return meant && `did you mean "${meant}"?`
}

/** Returns the problems of a union's variant that the value fits best: they lie deepest. */
function deepest(variants: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(...issues.map(issue => issue.path.length))
  return variants.reduce((best, next) => (depth(next) > depth(best) ? next : best))
}

type Schema = z.core.JSONSchema.BaseSchema

/** The keys that a map at this path may have, in the order of the schema; of all variants where there are several. */
export function keysAt(type: z.ZodType, path: Path): string[] {
  let schemas = variants(z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }))
  for (const step of path) schemas = schemas.flatMap(schema => variants(child(schema, step)))
  return [...new Set(schemas.flatMap(schema => Object.keys(schema.properties ?? {})))]
}

function child({ items, properties, additionalProperties }: Schema, step: string | number) {
  return typeof step === 'number' ? items : (properties?.[step] ?? additionalProperties)
}

function variants(schema: Schema['items']): Schema[] {
  if (typeof schema !== 'object' || Array.isArray(schema)) return []
  const { anyOf = [], oneOf = [], allOf = [] } = schema
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(variants)]
}
