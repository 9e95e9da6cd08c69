/** The JSON Schema of a configuration with the components of a registry, for editors and checks. */
import { z } from 'zod'
import type { Factory } from '../pipeline/component.ts'
import { SIGNALS } from '../pipeline/data/batches.ts'
import { perKind } from '../pipeline/kinds.ts'
import type { Registry } from '../pipeline/registry.ts'
import { pipeline, service } from './service.ts'

type Schema = Readonly<Record<string, unknown>>

/** Returns the JSON Schema of a configuration as written in YAML, before references such as `${env:NAME}` are replaced. */
export function toConfigSchema(registry: Registry): Schema {
  const { properties, ...rest } = schemaOf(service) as { properties: Record<string, Schema> }
  const pipelines = byId(SIGNALS.map(signal => [signal, schemaOf(pipeline)]))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of swoll',
    type: 'object',
    properties: {
      ...perKind(kind => toSection(registry[kind])),
      service: { ...rest, properties: { ...properties, pipelines } },
    },
    additionalProperties: false,
  }
}

function schemaOf(type: z.ZodType): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
  return schema
}

function toSection(factories: ReadonlyMap<string, Factory<unknown>>): Schema {
  const components = [...factories.values()].flatMap(({ type, aliases = [], description, config }) => {
    // A component may stand there without anything: all its keys have defaults.
    const schema = { description, anyOf: [schemaOf(config), { type: 'null' }] }
    return [type, ...aliases].map(name => [name, schema] as const)
  })
  return byId(components)
}

/** Keys are `type` or `type/name`. */
function byId(types: readonly (readonly [type: string, schema: Schema])[]): Schema {
  const patterns = types.map(([type, schema]) => [`^${type}(/.+)?$`, schema])
  return {
    type: ['object', 'null'],
    patternProperties: Object.fromEntries(patterns),
    additionalProperties: false,
  }
}
