/** The JSON Schema of a configuration with the components of a registry, for editors and checks. */
import { z } from 'zod'
import type { AnyFactory, Registry } from '../pipeline/registry.ts'
import { pipeline, service } from './service.ts'

type Schema = Readonly<Record<string, unknown>>

/** As it is written in YAML, before references such as `${env:NAME}` are replaced. */
export function toConfigSchema({ receivers, processors, exporters }: Registry): Schema {
  const { properties, ...rest } = schemaOf(service) as { properties: Record<string, Schema> }
  const pipelines = byId(['metrics', 'logs', 'traces'].map(signal => [signal, schemaOf(pipeline)]))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of swoll',
    type: 'object',
    properties: {
      receivers: toSection(receivers),
      processors: toSection(processors),
      exporters: toSection(exporters),
      connectors: EMPTY,
      extensions: EMPTY,
      service: { ...rest, properties: { ...properties, pipelines } },
    },
    additionalProperties: false,
  }
}

/** What the Collector has and swoll has not yet. */
const EMPTY: Schema = { type: ['object', 'null'], maxProperties: 0 }

function schemaOf(type: z.ZodType): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
  return schema
}

function toSection(factories: ReadonlyMap<string, AnyFactory>): Schema {
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
