import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { processors } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'transform',
  description: 'Changes attributes, resources, names, bodies and other fields by statements in OTTL',
  stability: { metrics: 'alpha', logs: 'alpha', traces: 'alpha' },
  config,
  create: perSignal(processors),
}
