import type { ProcessorFactory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { createCardinalityLimit } from './processor.ts'

export const factory: ProcessorFactory<Config> = {
  type: 'cardinality_limit',
  description: 'Limits the series per metric and per container; one overflow series takes the rest, exactly',
  stability: { metrics: 'beta' },
  config,
  create: { metrics: (context, next) => createCardinalityLimit(context, next) },
}
