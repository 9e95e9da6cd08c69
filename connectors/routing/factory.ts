import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { createRouting } from './connector.ts'
import { pipelinesOf } from './pipelines.ts'

export const factory: Factory<Config> = {
  kind: 'connectors',
  type: 'routing',
  description:
    'Passes points, log records and spans on to the pipelines whose condition in OTTL is true of them',
  stability: { 'traces-to-traces': 'alpha', 'metrics-to-metrics': 'alpha', 'logs-to-logs': 'alpha' },
  config,
  pipelines: pipelinesOf,
  create: createRouting,
}
