import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { ChartsExporter } from './exporter.ts'

/** Shows what happened in the last while to people, and answers programs. */
export const factory: Factory<Config> = {
  kind: 'exporters',
  type: 'charts',
  description: 'A page of charts, and an API of the same numbers, of the last while',
  stability: { metrics: 'beta' },
  config,
  create: context => new ChartsExporter(context),
}
