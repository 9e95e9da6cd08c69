/** The editors: functions that change data. Meanings are the Collector's (pkg/ottl/ottlfuncs, v0.161). */

import { union } from './compile.ts'
import type { EntryChange, MapChange, ValueChange } from './edit.ts'
import { type Parameter, patterns } from './functions.ts'
import type { Arguments } from './replace.ts'
import { BY_GLOB, BY_PATTERN, type Replace, replaceMatch, replacePattern } from './replace.ts'
import { EvaluationError, isMap, type Value, type ValueMap } from './values.ts'

export interface Editor {
  /** What it edits, its first argument: one value, all attributes, or either. */
  readonly edits: 'value' | 'attributes' | 'either'
  /** Behind the target. */
  readonly parameters: readonly Parameter[]
  /** Throws EvaluationError for arguments that can never be right. `converter`: the one that `function` names. */
  create(
    values: Arguments,
    isWhole: boolean,
    converter: string | undefined,
  ): ValueChange | EntryChange | MapChange
}

const keysParameter: Parameter = { name: 'keys', kind: 'texts', isConstant: true }
const patternParameter: Parameter = { name: 'pattern', kind: 'pattern' }

export const EDITORS: ReadonlyMap<string, Editor> = new Map<string, Editor>([
  ['set', { edits: 'either', parameters: [{ name: 'value', kind: 'any' }], create: createSet }],
  [
    'delete_key',
    {
      edits: 'attributes',
      parameters: [{ name: 'key', kind: 'text', isConstant: true }],
      create: createDeleteKey,
    },
  ],
  ['delete_matching_keys', matching(false)],
  ['keep_keys', { edits: 'attributes', parameters: [keysParameter], create: createKeepKeys }],
  ['keep_matching_keys', matching(true)],
  ['replace_pattern', replacing('value', BY_PATTERN, replacePattern)],
  ['replace_match', replacing('value', BY_GLOB, replaceMatch)],
  [
    'replace_all_patterns',
    {
      edits: 'attributes',
      parameters: [{ name: 'mode', kind: 'text', isConstant: true }, ...BY_PATTERN],
      create: createReplaceAllPatterns,
    },
  ],
  ['replace_all_matches', replacing('attributes', BY_GLOB, replaceMatch)],
  [
    'truncate_all',
    {
      edits: 'attributes',
      parameters: [
        { name: 'limit', kind: 'integer', isConstant: true },
        { name: 'utf8_safe', kind: 'boolean', isConstant: true, isOptional: true },
        { name: 'truncation_marker', kind: 'text', isConstant: true, isOptional: true },
      ],
      create: createTruncateAll,
    },
  ],
  [
    'limit',
    {
      edits: 'attributes',
      parameters: [
        { name: 'limit', kind: 'integer', isConstant: true },
        { name: 'priority_keys', kind: 'texts', isConstant: true },
      ],
      create: createLimit,
    },
  ],
  [
    'merge_maps',
    {
      edits: 'attributes',
      parameters: [
        { name: 'source', kind: 'map' },
        { name: 'strategy', kind: 'text', isConstant: true },
      ],
      create: createMergeMaps,
    },
  ],
])

const readsOf = (values: Arguments) => union([...values.values()])
const constantOf = (values: Arguments, name: string) => values.get(name)?.constant?.value

/** An attribute that is set to `nil` is taken away: there is none without a value. Fields, and all attributes together, stay then. */
function createSet(values: Arguments, isWhole: boolean): ValueChange | MapChange {
  const { of, reads } = values.get('value')!
  if (!isWhole) return { kind: 'value', reads, make: (_, cursor) => of(cursor) }
  return {
    kind: 'map',
    reads,
    make: (old, cursor) => {
      const value = of(cursor) ?? old
      if (!isMap(value)) throw new EvaluationError('attributes must be set to a map')
      return value
    },
  }
}

function createDeleteKey(values: Arguments): EntryChange {
  return {
    kind: 'entries',
    reads: readsOf(values),
    only: constantOf(values, 'key') as string,
    make: () => undefined,
  }
}

function createKeepKeys(values: Arguments): EntryChange {
  const kept = new Set(constantOf(values, 'keys') as string[])
  return {
    kind: 'entries',
    reads: readsOf(values),
    make: (key, value) => (kept.has(key) ? value : undefined),
  }
}

function matching(isKept: boolean): Editor {
  return {
    edits: 'attributes',
    parameters: [patternParameter],
    create(values) {
      const compile = patterns()
      const pattern = values.get('pattern')!
      return {
        kind: 'entries',
        reads: pattern.reads,
        make: (key, value, cursor) =>
          compile(pattern.of(cursor) as string).test(key) === isKept ? value : undefined,
      }
    },
  }
}

/** Texts only; what is none, or does not match, stays. */
function replacing(
  edits: 'value' | 'attributes',
  parameters: readonly Parameter[],
  create: (values: Arguments, converter: string | undefined) => Replace,
): Editor {
  return {
    edits,
    parameters,
    create(values, isWhole, converter) {
      const replace = create(values, converter)
      const reads = readsOf(values)
      const make: ValueChange['make'] = (old, cursor) =>
        typeof old === 'string' ? (replace(old, cursor) ?? old) : old
      return isWhole
        ? { kind: 'entries', reads, make: (_, value, cursor) => make(value, cursor) }
        : { kind: 'value', reads, make }
    },
  }
}

function createReplaceAllPatterns(
  values: Arguments,
  _: boolean,
  converter: string | undefined,
): EntryChange | MapChange {
  const mode = constantOf(values, 'mode')
  if (mode !== 'key' && mode !== 'value')
    throw new EvaluationError(`mode must be "key" or "value", got ${JSON.stringify(mode)}`)
  const replace = replacePattern(values, converter)
  const reads = readsOf(values)
  if (mode === 'value')
    return {
      kind: 'entries',
      reads,
      make: (_key, value, cursor) => (typeof value === 'string' ? (replace(value, cursor) ?? value) : value),
    }
  return {
    kind: 'map',
    reads,
    make: (old, cursor) => new Map(Array.from(old, ([key, value]) => [replace(key, cursor) ?? key, value])),
  }
}

/** By bytes of UTF-8, and never within a character unless `utf8_safe` is false. */
function createTruncateAll(values: Arguments): EntryChange {
  const limit = Number(constantOf(values, 'limit'))
  const marker = (constantOf(values, 'truncation_marker') as string | undefined) ?? ''
  const isSafe = constantOf(values, 'utf8_safe') !== false
  if (limit < 0) throw new EvaluationError(`limit must not be negative, got ${limit}`)
  const room = limit - Buffer.byteLength(marker)
  if (room < 0)
    throw new EvaluationError(
      `truncation_marker must have at most limit bytes (${limit}), got ${Buffer.byteLength(marker)}`,
    )
  const make = (value: Value): Value => {
    if (typeof value !== 'string' || value.length * 3 <= limit || Buffer.byteLength(value) <= limit)
      return value
    const bytes = Buffer.from(value)
    let end = room
    while (isSafe && end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
    return bytes.toString('utf8', 0, end) + marker
  }
  return { kind: 'entries', reads: readsOf(values), make: (_, value) => make(value) }
}

/** As many attributes, those of `priority_keys` first, then in their order. */
function createLimit(values: Arguments): MapChange {
  const limit = Number(constantOf(values, 'limit'))
  const first = new Set(constantOf(values, 'priority_keys') as string[])
  if (limit < 0) throw new EvaluationError(`limit must not be negative, got ${limit}`)
  if (limit < first.size)
    throw new EvaluationError(
      `limit must be at least the number of priority_keys (${first.size}), got ${limit}`,
    )
  const make = (old: ValueMap): ValueMap => {
    if (old.size <= limit) return old
    let room = limit - Array.from(first).filter(key => old.has(key)).length
    return new Map(Array.from(old).filter(([key]) => first.has(key) || room-- > 0))
  }
  return { kind: 'map', reads: readsOf(values), make }
}

function createMergeMaps(values: Arguments): MapChange {
  const strategy = constantOf(values, 'strategy') as string
  if (!['insert', 'update', 'upsert'].includes(strategy))
    throw new EvaluationError(
      `strategy must be "insert", "update" or "upsert", got ${JSON.stringify(strategy)}`,
    )
  const source = values.get('source')!
  return {
    kind: 'map',
    reads: source.reads,
    make: (old, cursor) => {
      const merged = new Map(old)
      for (const [key, value] of source.of(cursor) as ValueMap)
        if (strategy === 'upsert' || old.has(key) === (strategy === 'update')) merged.set(key, value)
      return merged
    },
  }
}
