import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { createProcessors } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'resource_detection',
  aliases: ['resourcedetection'],
  description: 'Adds what is known of the host, the node and the environment to all resources',
  stability: { metrics: 'alpha', logs: 'alpha', traces: 'alpha' },
  config,
  create: perSignal(createProcessors()),
}
