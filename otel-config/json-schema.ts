/** The JSON Schema of a configuration with the components of a registry, for editors and checks. */
import { z } from 'zod'
import type { Factory } from '../pipeline/component.ts'
import { SIGNALS } from '../pipeline/data/batches.ts'
import { perKind } from '../pipeline/kinds.ts'
import type { Registry } from '../pipeline/registry.ts'
import { pipeline, service } from './service.ts'

/** The parts of a JSON Schema that are used here. */
export interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly propertyNames?: Schema
  readonly items?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  /** True: a secret. */
  readonly writeOnly?: boolean
  readonly [keyword: string]: unknown
}

/** A reference such as `${env:NAME}` may stand for any value, and nothing for the default. */
const UNSET: Schema = {
  description: 'A reference, or nothing for the default',
  type: ['string', 'null'],
  pattern: '\\$\\{',
}
const UNSET_REF: Schema = { $ref: '#/$defs/unset' }

/** Returns the JSON Schema (2020-12) of a configuration as written in YAML, before references such as `${env:NAME}` are replaced. */
export function toConfigSchema(registry: Registry): Schema {
  const { properties, ...rest } = schemaOf(service)
  const pipelines = byId(SIGNALS.map(signal => [signal, orUnset(schemaOf(pipeline))]))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of swoll',
    type: 'object',
    properties: {
      ...perKind(kind => toSection(registry[kind])),
      service: orUnset({ ...rest, properties: { ...properties, pipelines } }),
    },
    additionalProperties: false,
    $defs: { unset: UNSET },
  }
}

function schemaOf(type: z.ZodType): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => loosen(zodSchema, jsonSchema as Loose),
  }) as Schema
  return below(schema)
}

type Loose = { -readonly [K in keyof Schema]: Schema[K] }

/** A field that first turns what it is given into another form takes more than its schema says: other cases, numbers. */
function loosen(type: z.core.$ZodTypes, schema: Loose): void {
  const { def } = type._zod
  const isPrepared = def.type === 'pipe' && def.in._zod.def.type === 'transform'
  if (!isPrepared || schema.anyOf) return
  const { description, default: fallback, writeOnly, ...own } = schema
  const words = own.enum?.filter(word => typeof word === 'string') ?? []
  const anyCase =
    words.length > 0 ? [{ type: 'string', pattern: `^(${words.map(inAnyCase).join('|')})$` }] : []
  for (const key of Object.keys(own)) delete schema[key]
  schema.anyOf = [own, ...anyCase, { type: ['number', 'boolean'] }]
}

function inAnyCase(word: string): string {
  return word.replace(/[a-z]/g, letter => `[${letter}${letter.toUpperCase()}]`).replaceAll('.', '\\.')
}

/** The same, where everything below may be a reference, or left out. */
function below(schema: Schema): Schema {
  const each = (schemas: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(schemas).map(([key, one]) => [key, orUnset(below(one))]))
  const { properties, additionalProperties, items, anyOf } = schema
  return {
    ...schema,
    ...(properties && { properties: each(properties) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: orUnset(below(additionalProperties)),
    }),
    ...(typeof items === 'object' && { items: orUnset(below(items)) }),
    ...(anyOf && { anyOf: anyOf.map(below) }),
  }
}

function orUnset(schema: Schema): Schema {
  const { description, default: fallback, anyOf, ...own } = schema
  const rest = Object.keys(own).length > 0
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [...(anyOf && !rest ? anyOf : [{ ...own, ...(anyOf && { anyOf }) }]), UNSET_REF],
  }
}

function toSection(factories: ReadonlyMap<string, Factory<unknown>>): Schema {
  const components = [...factories.values()].map(({ type, aliases = [], description, config }) => {
    // A component may stand there without anything: all its keys have defaults.
    const schema = orUnset({ ...schemaOf(config), description })
    return [[type, ...aliases].join('|'), schema] as const
  })
  return byId(components)
}

/** Keys are `type` or `type/name`; several types are joined by `|`. */
function byId(types: readonly (readonly [types: string, schema: Schema])[]): Schema {
  const patterns = types.map(([one, schema]) => [`^(${one})(/.+)?$`, schema])
  return orUnset({
    type: ['object', 'null'],
    patternProperties: Object.fromEntries(patterns),
    additionalProperties: false,
  })
}
