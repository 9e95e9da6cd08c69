/** `swoll validate`: everything the collector checks before it starts. */
import { createNoopMeter } from '@opentelemetry/api'
import { formatIssues, loadConfig } from '../../otel-config/load.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { createGraph } from '../../pipeline/graph.ts'
import { loadRegistry } from '../components.ts'
import { createLogger } from '../logger.ts'

/** Loads the configuration and creates, but does not start, what its pipelines use. Rejects with what the collector would. */
export async function validate(locations: readonly string[]): Promise<void> {
  const registry = await loadRegistry()
  const { plan, warnings } = await loadConfig({ sources: locations, registry, env: process.env })
  for (const warning of warnings) process.stderr.write(`swoll: warning: ${formatIssues([warning])}\n`)
  const log = createLogger(plan.telemetry.logs)
  const graph = createGraph(plan, {
    registry,
    log,
    meter: createNoopMeter(),
    host: { report() {}, retain() {} },
  })
  using deadline = startDeadline(plan.shutdownTimeoutMs)
  await graph.shutdown(deadline.signal)
  process.stdout.write('swoll: the configuration is valid\n')
}
