/** `swoll components`: what a configuration may use. */
import { stringify } from 'yaml'
import { loadRegistry } from '../components.ts'
import { readVersion } from '../version.ts'

/** Prints every component with its signals and their stability, as YAML. */
export async function listComponents(): Promise<void> {
  const { receivers, processors, exporters } = await loadRegistry()
  const list = { buildinfo: { command: 'swoll', version: readVersion() } } as Record<string, unknown>
  for (const [kind, factories] of Object.entries({ receivers, processors, exporters }))
    list[kind] = [...factories.values()].map(({ type, aliases, description, stability }) => ({
      name: type,
      ...(aliases && { aliases }),
      description,
      stability,
    }))
  process.stdout.write(stringify(list, { lineWidth: 0 }))
}
