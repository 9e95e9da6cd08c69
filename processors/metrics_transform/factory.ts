import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { createMetricsTransform } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'metrics_transform',
  aliases: ['metricstransform'],
  description: 'Renames, copies, combines and scales metrics, and changes and adds up their attributes',
  stability: { metrics: 'alpha' },
  config,
  create: perSignal({ metrics: createMetricsTransform }),
}
