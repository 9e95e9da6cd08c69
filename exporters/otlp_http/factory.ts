import type { Factory } from '../../pipeline/component.ts'
import { usesOfAuth } from '../shared/client-auth.ts'
import { PushExporter } from '../shared/push-exporter.ts'
import { usesOfStorage } from '../shared/storage.ts'
import { config, type OtlpHttpConfig } from './config.ts'
import { http } from './protocol.ts'

export const factory: Factory<OtlpHttpConfig> = {
  kind: 'exporters',
  type: 'otlp_http',
  aliases: ['otlphttp'],
  description:
    'Sends metrics, logs and traces to an OTLP server, such as Prometheus or a Collector, over HTTP',
  stability: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  config,
  uses: config => [...usesOfAuth(config), ...usesOfStorage(config)],
  create: context => new PushExporter(context, http),
}
