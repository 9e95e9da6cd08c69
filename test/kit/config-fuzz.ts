// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references in configurations
/** Loads configurations that were changed at random: none may crash or hang, and each refusal says where. */
import { globSync, readFileSync } from 'node:fs'
import { loadRegistry } from '../../cli/components.ts'
import { ConfigError, loadConfig } from '../../otel-config/load.ts'
import { mutate } from './mutate-yaml.ts'
import { seeded } from './random.ts'

interface Outcome {
  readonly accepted: number
  readonly refused: number
  /** Of processor time. */
  readonly slowestMs: number
}

const GOOD = ['otel-config/presets/*.yaml', 'otel-config/examples/*.yaml']
const WRONG = ['test/fixtures/otel-config/*.yaml']
/** A reference to an address would ask the network. */
const ADDRESS = /https?:/g
const ENV = { A: '[a, ${env:B}]', B: '{b: 1}', C: 's3cret' }

/** Throws, with the text, at the first that is not answered as it should be, with at most `mostMs` of processor time. */
export async function fuzzConfigs(count: number, seed: number, mostMs = 1000): Promise<Outcome> {
  const registry = await loadRegistry()
  const good = read(GOOD)
  const all = [...good, ...read(WRONG)]
  const random = seeded(seed)
  const outcome = { accepted: 0, refused: 0, slowestMs: 0 }
  for (let i = 0; i < count; i++) {
    const texts = i % 2 === 0 ? good : all
    const text = mutate(texts[i % texts.length]!, all, random).replaceAll(ADDRESS, 'vault:')
    const start = process.cpuUsage()
    const error = await loadConfig({ sources: [`yaml:${text}`], registry, env: ENV }).then(
      () => undefined,
      (cause: unknown) => cause,
    )
    const { user, system } = process.cpuUsage(start)
    const ms = (user + system) / 1000
    outcome.slowestMs = Math.max(outcome.slowestMs, ms)
    const fault = ms > mostMs ? `took ${ms} ms of processor time` : error && faultOf(error)
    if (fault) throw new Error(`${fault}, for ${JSON.stringify(text)}`, { cause: error })
    outcome[error ? 'refused' : 'accepted']++
  }
  return outcome
}

function read(patterns: readonly string[]): string[] {
  return patterns
    .flatMap(pattern => globSync(pattern))
    .sort()
    .map(path => readFileSync(path, 'utf8'))
}

function faultOf(error: unknown): string | undefined {
  if (!(error instanceof ConfigError)) return `threw ${(error as Error).stack}`
  if (error.issues.length === 0) return 'was refused without a reason'
  const nowhere = error.issues.find(({ file, line, message }) => file === '' || line < 0 || message === '')
  return nowhere && `was refused without a place: ${JSON.stringify(nowhere)}`
}
