import type { ExporterFactory } from '../../pipeline/component.ts'
import { config, type OtlpGrpcConfig } from './config.ts'
import { OtlpGrpcExporter } from './exporter.ts'

export const factory: ExporterFactory<OtlpGrpcConfig> = {
  type: 'otlp_grpc',
  aliases: ['otlp'],
  description: 'Sends metrics to an OTLP server, such as an OpenTelemetry Collector, over gRPC',
  stability: { metrics: 'beta' },
  config,
  create: context => new OtlpGrpcExporter(context),
}
