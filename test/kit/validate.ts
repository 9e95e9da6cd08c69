/** Runs `swoll validate` on configurations of this repository. */
import { loadRegistry } from '../../cli/components.ts'
import { loadConfig } from '../../otel-config/load.ts'
import { createGraph } from '../../pipeline/graph/graph.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { Services } from '../../pipeline/services.ts'
import { never, nopHost, nopLogger, nopMeter } from './context.ts'

const registry = await loadRegistry()

/** The plan and the warnings; throws what is wrong. Every component is created, none is started. */
export async function validate(
  sources: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly plan: Plan; readonly warnings: readonly string[] }> {
  const { plan, warnings } = await loadConfig({ sources, registry, env })
  const services = new Services()
  const host = nopHost(services)
  const graph = createGraph(plan, { registry, log: nopLogger, meter: nopMeter, host, services })
  await graph.shutdown(never)
  return { plan, warnings: warnings.map(warning => warning.message) }
}
