import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { CardinalityLimit } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'cardinality_limit',
  description: 'Limits the series per metric and per container; one overflow series takes the rest, exactly',
  stability: { metrics: 'beta' },
  config,
  create: perSignal({ metrics: (context, next) => new CardinalityLimit(context, next) }),
}
