/** `swoll print-config`: a configuration as the agent reads it. */
import { stringify } from 'yaml'
import { toConfigSchema } from '../../otel-config/json-schema.ts'
import { type ConfigSources, formatIssues, loadConfig, readConfig } from '../../otel-config/load.ts'
import { toPrintable } from '../../otel-config/printable-config.ts'
import { printableLines } from '../../pipeline/printable.ts'
import { loadRegistry } from '../components.ts'
import type { TypedPrint } from '../config-program.ts'
import { checkFormat } from '../formats.ts'
import { print, say } from '../standard-streams.ts'

/** Prints it, with the defaults of what it names. Rejects for one that is wrong, unless `--validate=false`. */
export async function printConfig(sources: ConfigSources, typed: TypedPrint): Promise<void> {
  const format = checkFormat('--format', typed.format.toLowerCase(), ['yaml', 'json'])
  const mode = checkFormat('--mode', typed.mode.toLowerCase(), ['redacted', 'unredacted'])
  const isChecked = checkFormat('--validate', typed.validate, ['true', 'false']) === 'true'
  const registry = await loadRegistry()
  const { root, warnings } = isChecked
    ? await loadConfig({ ...sources, registry })
    : await readUnchecked(sources)
  for (const warning of warnings) say(`swoll: warning: ${formatIssues([warning])}\n`)
  const shown = toPrintable(root, toConfigSchema(registry), mode === 'redacted')
  const text = format === 'json' ? `${JSON.stringify(shown, null, 2)}\n` : stringify(shown, { lineWidth: 0 })
  print(printableLines(text))
}

async function readUnchecked(sources: ConfigSources) {
  const { root, findings } = await readConfig(sources)
  return { root, warnings: [...findings.issues, ...findings.warnings] }
}
