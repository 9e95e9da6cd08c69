/** `swoll components`: what a configuration may use. */
import { stringify } from 'yaml'
import type { Registry } from '../../pipeline/registry.ts'
import { loadRegistry } from '../components.ts'
import { checkFormat } from '../formats.ts'
import { print } from '../standard-streams.ts'
import { readVersion } from '../version.ts'

/** Prints every component with its signals and their stability, as YAML or JSON; or the JSON Schema of a configuration. */
export async function listComponents(output: string): Promise<void> {
  const format = checkFormat('--output', output, ['yaml', 'json', 'json-schema'])
  const registry = await loadRegistry()
  if (format === 'yaml') print(stringify(toList(registry), { lineWidth: 0 }))
  else if (format === 'json') print(toJson(toList(registry)))
  else {
    const { toConfigSchema } = await import('../../otel-config/json-schema.ts')
    print(toJson(toConfigSchema(registry)))
  }
}

function toList(registry: Registry): Record<string, unknown> {
  const list: Record<string, unknown> = { buildinfo: { command: 'swoll', version: readVersion() } }
  for (const [kind, factories] of Object.entries(registry))
    list[kind] = [...factories.values()].map(({ type, aliases, description, stability }) => ({
      name: type,
      ...(aliases && { aliases }),
      description,
      stability,
    }))
  return list
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
