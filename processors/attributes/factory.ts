import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { processors } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'attributes',
  description:
    'Inserts, updates, deletes, hashes, extracts and converts attributes of points, log records and spans',
  stability: { metrics: 'alpha', logs: 'alpha', traces: 'alpha' },
  config,
  create: perSignal(processors),
}
