import type { Factory } from '../../pipeline/component.ts'
import { config, type FileConfig } from './config.ts'
import { FileExporter } from './exporter.ts'

export const factory: Factory<FileConfig> = {
  kind: 'exporters',
  type: 'file',
  description: 'Writes what passes to a file, as lines of OTLP/JSON, with rotation and compression',
  stability: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  config,
  create: context => new FileExporter(context),
}
