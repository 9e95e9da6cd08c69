/** `swoll validate`: everything the collector checks before it starts. */
import { createNoopMeter } from '@opentelemetry/api'
import {
  ConfigError,
  type ConfigSources,
  formatIssues,
  type Issue,
  loadConfig,
} from '../../otel-config/load.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { createGraph } from '../../pipeline/graph/graph.ts'
import { Health } from '../../pipeline/health.ts'
import { printableLines } from '../../pipeline/printable.ts'
import { Services } from '../../pipeline/services.ts'
import { loadRegistry } from '../components.ts'
import { checkFormat } from '../formats.ts'
import { createLogger } from '../logger.ts'
import { print, say } from '../standard-streams.ts'
import { stderr } from '../stderr.ts'

/**
 * Loads the configuration and creates, but does not start, what its pipelines use. False: it is not valid, and `json` has said why;
 * as text, rejects with what the collector would.
 */
export async function validate(sources: ConfigSources, output: string): Promise<boolean> {
  const format = checkFormat('--output', output, ['text', 'json'])
  try {
    const warnings = await check(sources)
    if (format === 'json') print(toJson({ valid: true, issues: [], warnings }))
    else {
      for (const warning of warnings) say(`swoll: warning: ${formatIssues([warning])}\n`)
      print('swoll: the configuration is valid\n')
    }
    return true
  } catch (error) {
    if (format !== 'json' || !(error instanceof ConfigError)) throw error
    print(toJson({ valid: false, issues: error.issues, warnings: error.warnings }))
    return false
  }
}

/** Checks the configuration; returns warnings about what is not wrong, but hardly meant. */
async function check(sources: ConfigSources): Promise<readonly Issue[]> {
  const registry = await loadRegistry()
  const health = new Health(systemClock)
  const services = new Services()
  const { plan, warnings } = await loadConfig({ ...sources, registry, env: process.env })
  const graph = createGraph(plan, {
    registry,
    log: createLogger(plan.telemetry.logs, stderr()),
    meter: createNoopMeter(),
    host: {
      report() {},
      retain() {},
      showConfig: async () => ({}),
      expectBeats: health.expectBeats,
      service: services.lease,
      health,
    },
    services,
  })
  using deadline = startDeadline(plan.shutdownTimeoutMs)
  await graph.shutdown(deadline.signal)
  return warnings
}

function toJson(result: {
  readonly valid: boolean
  readonly issues: readonly Issue[]
  readonly warnings: readonly Issue[]
}): string {
  return `${printableLines(JSON.stringify(result, null, 2))}\n`
}
