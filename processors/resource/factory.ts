import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { processors } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'resource',
  description: 'Inserts, updates, deletes, hashes, extracts and converts attributes of resources',
  stability: { metrics: 'alpha', logs: 'alpha', traces: 'alpha' },
  config,
  create: perSignal(processors),
}
