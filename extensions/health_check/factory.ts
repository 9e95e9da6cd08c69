import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { HealthCheck } from './extension.ts'

/** Answers probes. */
export const factory: Factory<Config> = {
  kind: 'extensions',
  type: 'health_check',
  description: 'Answers probes: whether the agent has started, lives and is ready',
  stability: { extension: 'beta' },
  config,
  create: context => new HealthCheck(context),
}
