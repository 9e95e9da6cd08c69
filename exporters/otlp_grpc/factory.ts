import type { Factory } from '../../pipeline/component.ts'
import { usesOfAuth } from '../shared/client-auth.ts'
import { PushExporter } from '../shared/push-exporter.ts'
import { usesOfStorage } from '../shared/storage.ts'
import { config, type OtlpGrpcConfig } from './config.ts'
import { grpc } from './protocol.ts'

export const factory: Factory<OtlpGrpcConfig> = {
  kind: 'exporters',
  type: 'otlp_grpc',
  aliases: ['otlp'],
  description:
    'Sends metrics, logs and traces to an OTLP server, such as an OpenTelemetry Collector, over gRPC',
  stability: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  config,
  uses: config => [...usesOfAuth(config), ...usesOfStorage(config)],
  create: context => new PushExporter(context, grpc),
}
