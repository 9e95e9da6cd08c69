import type { Factory } from '../../pipeline/component.ts'
import { usesOfAuth } from '../shared/client-auth.ts'
import { config, type RemoteWriteConfig } from './config.ts'
import { RemoteWriteExporter } from './exporter.ts'

export const factory: Factory<RemoteWriteConfig> = {
  kind: 'exporters',
  type: 'prometheus_remote_write',
  aliases: ['prometheusremotewrite'],
  description:
    'Sends metrics to Prometheus, Mimir, Thanos and others by remote write, native histograms included',
  stability: { metrics: 'beta' },
  config,
  uses: usesOfAuth,
  create: context => new RemoteWriteExporter(context),
}
