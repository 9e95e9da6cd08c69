import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { createForward } from './connector.ts'

export const factory: Factory<Config> = {
  kind: 'connectors',
  type: 'forward',
  description: 'Passes what pipelines send to it on to the pipelines that name it as receiver',
  stability: { 'traces-to-traces': 'beta', 'metrics-to-metrics': 'beta', 'logs-to-logs': 'beta' },
  config,
  create: (_, next) => createForward(next),
}
