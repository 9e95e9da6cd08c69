import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { PrometheusExporter } from './exporter.ts'

/** Serves metrics to Prometheus and whatever scrapes like it. */
export const factory: Factory<Config> = {
  kind: 'exporters',
  type: 'prometheus',
  description: 'Serves metrics to scrapers: text, OpenMetrics, and protobuf with native histograms',
  stability: { metrics: 'beta' },
  config,
  create: context => new PrometheusExporter(context),
}
