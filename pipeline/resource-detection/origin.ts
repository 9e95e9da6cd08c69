/** The origin of a receiver's data, by its configuration. */
import type { Attributes } from '../data/attributes.ts'
import type { Logger } from '../telemetry.ts'
import type { ResourceDetection } from './config.ts'
import { detectResource } from './detect.ts'

/** Undefined when it is switched off. What could not be used is logged. */
export function detectOrigin(config: ResourceDetection, log: Logger): Attributes | undefined {
  if (!config.enabled) return undefined
  const { origin, problems } = detectResource(config)
  for (const problem of problems) log.warn({}, problem)
  return origin
}
