/** Sends the agent's own metrics by OTLP over gRPC: the `periodic` readers of `service::telemetry`. */
import { readFileSync } from 'node:fs'
import { type ChannelCredentials, credentials, Metadata } from '@grpc/grpc-js'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { AggregationType, InstrumentType, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { SwollError } from '../pipeline/errors.ts'
import type { OwnPush } from '../pipeline/plan.ts'
import type { Logger } from '../pipeline/telemetry.ts'

type Options = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>
/** The package of these words is not a dependency of its own; they are API. */
type Compression = NonNullable<Options['compression']>
const TEMPORALITY = { delta: 0, cumulative: 1, lowmemory: 2 } as const
const SUCCESS = 0

/**
 * A reader that sends. `place` is the key of the configuration, for errors. Throws TLS_INVALID for a file that cannot be read. That
 * sending fails is logged once, until it works again.
 */
export function createPushReader(push: OwnPush, place: string, log: Logger): PeriodicExportingMetricReader {
  const exporter = new OTLPMetricExporter(toOptions(push, place))
  const send = exporter.export.bind(exporter)
  let isFailing = false
  exporter.export = (metrics, done) =>
    send(metrics, result => {
      const { server } = push
      const hasFailed = result.code !== SUCCESS
      if (hasFailed && !isFailing)
        log.warn({ server, error: result.error?.message }, "The agent's own metrics could not be sent")
      else if (isFailing && !hasFailed) log.info({ server }, "The agent's own metrics are sent again")
      isFailing = hasFailed
      done(result)
    })
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: push.intervalMs,
    exportTimeoutMillis: Math.min(push.timeoutMs, push.intervalMs), // the SDK refuses a longer one
  })
}

function toOptions(push: OwnPush, place: string): Options {
  const metadata = new Metadata()
  for (const [name, value] of push.headers) {
    const text = value.reveal()
    metadata.set(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(text) : text) // gRPC sends a `-bin` as bytes
  }
  const isExponential = push.histograms === 'base2_exponential_bucket_histogram'
  return {
    url: `${push.isPlain ? 'http' : 'https'}://${push.server}`,
    metadata,
    credentials: toCredentials(push, place),
    compression: push.compression as Compression,
    timeoutMillis: push.requestTimeoutMs,
    temporalityPreference: TEMPORALITY[push.temporality],
    aggregationPreference: type =>
      isExponential && type === InstrumentType.HISTOGRAM
        ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
        : { type: AggregationType.DEFAULT },
  }
}

function toCredentials(push: OwnPush, place: string): ChannelCredentials {
  if (push.isPlain) return credentials.createInsecure()
  return credentials.createSsl(
    readPem(push.caFile, `${place}::certificate`),
    readPem(push.keyFile, `${place}::client_key`),
    readPem(push.certFile, `${place}::client_certificate`),
  )
}

function readPem(path: string | undefined, place: string): Buffer | null {
  if (path === undefined) return null
  try {
    return readFileSync(path)
  } catch (cause) {
    const message = `${place}: must be a file that can be read, got ${JSON.stringify(path)}; check the path`
    throw new SwollError('TLS_INVALID', message, { cause })
  }
}
