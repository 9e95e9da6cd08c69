/** The agent as a service, in its own telemetry: one of each host, by the same name after a restart. */
import { detectResource } from '../pipeline/resource-detection/detect.ts'
import type { Logger } from '../pipeline/telemetry.ts'
import { readVersion } from './version.ts'

/** Resource attributes, over which `service::telemetry::resource` goes. What could not be used is logged. */
export function describeAgent(log: Logger): Record<string, string> {
  const { origin, own, problems } = detectResource()
  for (const problem of problems) log.warn({}, problem)
  const known = { 'service.name': 'swoll', 'service.version': readVersion() }
  const all = Object.entries({ ...origin, ...known, ...own })
  return Object.fromEntries(all.map(([key, value]) => [key, String(value)]))
}
