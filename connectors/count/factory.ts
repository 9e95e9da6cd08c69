import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { createCount } from './connector.ts'

export const factory: Factory<Config> = {
  kind: 'connectors',
  type: 'count',
  description: 'Counts points, log records and spans of pipelines, and gives the counts as metrics',
  stability: { 'traces-to-metrics': 'alpha', 'metrics-to-metrics': 'alpha', 'logs-to-metrics': 'alpha' },
  config,
  create: (create, next) => createCount(create, next),
}
