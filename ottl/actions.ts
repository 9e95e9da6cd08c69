/** The actions of the processors `attributes` and `resource`, as edits. Meanings are the Collector's (coreinternal/attraction, v0.161). */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { compileSearch } from '../pipeline/linear-pattern.ts'
import type { ContextName } from './contexts.ts'
import { CONVERTERS } from './converters.ts'
import { attributeSource, type Source } from './cursor.ts'
import type { Edit, EntryChange, MapChange, ValueChange } from './edit.ts'
import type { Step } from './steps.ts'
import { EvaluationError, toText, type Value, type ValueMap } from './values.ts'

const ACTIONS = ['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert'] as const
const value = z.union([z.string(), z.number(), z.boolean()])

/** One action, with the Collector's keys. */
export const action = z
  .strictObject({
    key: z.string().default('').describe('The attribute'),
    action: z
      .preprocess(given => (typeof given === 'string' ? given.toLowerCase() : given), z.enum(ACTIONS))
      .describe('What is done'),
    value: value.optional().describe('For insert, update and upsert'),
    from_attribute: z.string().optional().describe('For the same: the value of another attribute'),
    default_value: value.optional().describe('For the same: if there is no other attribute of that name'),
    pattern: z
      .string()
      .optional()
      .describe('For delete and hash: also attributes whose keys match. For extract: the named groups'),
    converted_type: z.enum(['int', 'double', 'string']).optional().describe('For convert'),
  })
  .superRefine((given, context) => {
    for (const issue of findFaults(given)) context.addIssue({ code: 'custom', ...issue })
  })
type Action = z.infer<typeof action>

const SETS: readonly string[] = ['insert', 'update', 'upsert']

function findFaults(given: Action): { readonly path: string[]; readonly message: string }[] {
  const { key, action: what, pattern, converted_type } = given
  const fault = (name: string, message: string) => [{ path: [name], message }]
  if (key === '' && !((what === 'delete' || what === 'hash') && pattern)) return fault('key', 'must be set')
  const sources = [given.value, given.from_attribute].filter(one => one !== undefined).length
  if (SETS.includes(what)) {
    if (sources > 1) return fault('from_attribute', `must not be set beside value, got both`)
    if (sources === 0 && given.default_value === undefined)
      return fault('value', `must be set for ${what}, or from_attribute or default_value`)
  } else if (sources > 0) return fault('value', `must not be set for ${what}, nor from_attribute`)
  if ((SETS.includes(what) || what === 'convert') && pattern !== undefined)
    return fault('pattern', `must not be set for ${what}`)
  if (what === 'extract' && pattern === undefined) return fault('pattern', 'must be set for extract')
  if ((what === 'convert') !== (converted_type !== undefined))
    return fault(
      'converted_type',
      what === 'convert' ? 'must be set for convert' : `must not be set for ${what}`,
    )
  return pattern === undefined ? [] : findFaultsWithPattern(what, pattern)
}

function findFaultsWithPattern(what: string, pattern: string) {
  const refuse = (message: string) => [{ path: ['pattern'], message }]
  try {
    const { names, groups } = compileSearch(pattern)
    if (what !== 'extract') return []
    if (groups === 0 || names.length < groups)
      return refuse('must have named groups, such as (?P<name>.*), and no others')
    return []
  } catch (cause) {
    return refuse(`must be a regular expression as RE2 has them: ${(cause as Error).message}`)
  }
}

/** The edits that an action stands for. What cannot be converted stays. */
function toEdits(given: Action, isResource: boolean): Edit[] {
  const { key, action: what, pattern } = given
  if (what === 'delete' || what === 'hash') {
    const change = what === 'delete' ? () => undefined : hash
    const search = pattern === undefined ? undefined : compileSearch(pattern)
    return [entries((name, old) => (name === key || search?.test(name) ? change(old) : old))]
  }
  if (what === 'convert') return [entries((_, old) => convert(old, given.converted_type!), key)]
  if (what === 'extract') return [extract(key, pattern!)]
  const source: Source = given.from_attribute === undefined ? 'table' : attributeSource(given.from_attribute)
  const make: ValueChange['make'] = (old, cursor) => {
    if (what === 'insert' ? old !== undefined : what === 'update' && old === undefined) return old
    const other = isResource
      ? cursor.resourceAttributes().get(given.from_attribute!)
      : cursor.attribute(given.from_attribute!)
    return (
      toValue(given.value) ??
      (given.from_attribute === undefined ? undefined : other) ??
      toValue(given.default_value) ??
      old
    )
  }
  return [
    {
      target: { attribute: key },
      condition: undefined,
      change: { kind: 'value', reads: new Set([source]), make },
    },
  ]
}

function entries(make: (key: string, old: Value) => Value, only?: string): Edit {
  const change: EntryChange = {
    kind: 'entries',
    reads: new Set(),
    make: (key, old) => make(key, old),
    ...(only !== undefined && { only }),
  }
  return { target: {}, condition: undefined, change }
}

const toValue = (given: string | number | boolean | undefined): Value =>
  typeof given === 'number' && Number.isInteger(given) ? BigInt(given) : given

/** SHA-256, in hexadecimal: of a number its 8 bytes, the low one first; of a boolean one byte. */
function hash(old: Value): Value {
  return createHash('sha256').update(bytesOf(old)).digest('hex')
}

function bytesOf(old: Value): string | Buffer {
  if (typeof old === 'string') return old
  if (typeof old === 'boolean') return Buffer.of(Number(old))
  const bytes = Buffer.alloc(8)
  if (typeof old === 'bigint') bytes.writeBigInt64LE(old)
  else bytes.writeDoubleLE(old as number)
  return bytes
}

function convert(old: Value, type: 'int' | 'double' | 'string'): Value {
  if (old === undefined) return undefined
  if (type === 'string') return toText(old)
  try {
    const make = CONVERTERS.get(type === 'int' ? 'Int' : 'Double')!.create() as (value: Value) => Value
    return make(old)
  } catch (error) {
    if (error instanceof EvaluationError) return old
    throw error
  }
}

/** The named groups of the first match become attributes. */
function extract(key: string, pattern: string): Edit {
  const search = compileSearch(pattern)
  const make = (old: ValueMap): ValueMap => {
    const text = old.get(key)
    const match = typeof text === 'string' ? search.first(text) : undefined
    if (!match) return old
    return new Map([...old, ...search.names.map(name => [name, match.named[name] ?? ''] as const)])
  }
  const change: MapChange = { kind: 'map', reads: new Set(), make }
  return { target: {}, condition: undefined, change }
}

/** All actions in their order, on what is of this context. None of them ever fails. */
export function toActionStep(actions: readonly Action[], context: ContextName): Step {
  const onError = () => {}
  const edits = actions.flatMap(one => toEdits(one, context === 'resource'))
  return { context, conditions: [], edits: edits.map(edit => ({ ...edit, onError })) }
}
