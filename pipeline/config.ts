/**
 * Field types that components share, so that a duration, an endpoint or a TLS block reads the same everywhere.
 * Key names and defaults are the OpenTelemetry Collector's. Each can be given a default in YAML terms with
 * `.prefault('5s')`, and yields a JSON Schema of what the user writes: `z.toJSONSchema(config, { io: 'input' })`.
 */
export * from './config-exporter.ts'
export * from './config-fields.ts'
export * from './config-listener.ts'
export * from './config-tls.ts'
export { formatDuration } from './duration.ts'
export { Secret } from './secret.ts'
