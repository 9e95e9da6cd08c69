import type { Factory } from '../../pipeline/component.ts'
import { config, type DebugConfig } from './config.ts'
import { DebugExporter } from './exporter.ts'

export const factory: Factory<DebugConfig> = {
  kind: 'exporters',
  type: 'debug',
  description: 'Prints what passes, in the log or on standard output',
  stability: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  config,
  create: context => new DebugExporter(context),
}
