import { z } from 'zod'
import type { Path } from './issues.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

/** The keys that a map at this path may have, in the order of the schema; of all variants where there are several. */
export function keysAt(type: z.ZodType, path: Path): string[] {
  let schemas = variants(z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Schema)
  for (const step of path) schemas = schemas.flatMap(schema => variants(child(schema, step)))
  return [...new Set(schemas.flatMap(schema => Object.keys(schema.properties ?? {})))]
}

function child(schema: Schema, step: string | number): Schema | boolean | undefined {
  return typeof step === 'number' ? schema.items : (schema.properties?.[step] ?? schema.additionalProperties)
}

function variants(schema: Schema | boolean | undefined): Schema[] {
  if (typeof schema !== 'object') return []
  return [
    schema,
    ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap(list => (list ?? []).flatMap(variants)),
  ]
}
