/**
 * Unary OTLP calls over @grpc/grpc-js. The gRPC stack is loaded with this file, so import it only when an exporter
 * starts. @opentelemetry/otlp-grpc-exporter-base wraps the same client, but takes no channel options: with it the server name
 * could not be overridden, a call not be cancelled, and after an outage the channel would stay in back-off for up to 120 s.
 */
import { checkServerIdentity, createSecureContext } from 'node:tls'
import {
  type CallOptions,
  type ChannelCredentials,
  Client,
  credentials,
  type Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { onAbort } from '../../pipeline/abort.ts'
import type { Signal } from '../../pipeline/component.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import { systemAuthorities } from '../../pipeline/system-authorities.ts'
import { readTlsClient, type TlsClient } from '../../pipeline/tls.ts'
import { decodeAnswer } from '../shared/otlp-answer.ts'
import type { OpenContext, Transport } from '../shared/protocol.ts'
import { channelOptions } from './channel.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { metadataBy } from './metadata.ts'
import { toExportError } from './status.ts'

/** The Export calls of opentelemetry-proto. */
const METHODS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
} as const satisfies Record<Signal, string>

/** Ready to send; connects with the first request. Rejects with TLS_INVALID if a certificate or key cannot be used. */
export async function openTransport(config: OtlpGrpcConfig, context: OpenContext): Promise<Transport> {
  const { clock } = context
  const server = config.endpoint.address
  const metadataOf = metadataBy(config, context)
  const open = async () => new Client(server, toCredentials(await readTls(config)), channelOptions(config))
  const { reload_interval: reloadMs } = config.tls
  let client = await open()
  let openedMs = clock.monotonicMs()
  let timeouts = 0

  /** A new client if it is time to read the files again, or the connection seems dead. A call that runs on the old one goes on. */
  const refresh = async () => {
    const isStale = reloadMs > 0 && clock.monotonicMs() - openedMs >= reloadMs
    if (!isStale && timeouts < TIMEOUTS_TO_RECONNECT) return
    openedMs = clock.monotonicMs()
    timeouts = 0
    const old = client
    client = await open()
    old.close()
  }

  return {
    async send(signal, request, abort) {
      await refresh().catch(() => {}) // files may be half-written now: the certificates in use stay
      const options = config.timeout > 0 ? { deadline: Date.now() + config.timeout } : {}
      try {
        abort.throwIfAborted()
        const metadata = await metadataOf(abort)
        const answer = await call(client, { method: METHODS[signal], request, metadata, options }, abort)
        timeouts = 0
        return decodeAnswer(answer)
      } catch (error) {
        timeouts = isTimeout(error) && !abort.aborted ? timeouts + 1 : 0
        if (abort.aborted) throw cancelled(server)
        throw error instanceof PipelineError ? error : toExportError(error as ServiceError, server)
      }
    },
    close: () => client.close(),
  }
}

interface Call {
  readonly method: string
  readonly request: Uint8Array
  readonly metadata: Metadata
  readonly options: CallOptions
}

/** One unary call, cancelled with `abort`. Rejects with ServiceError. */
async function call(client: Client, given: Call, abort: AbortSignal): Promise<Buffer | undefined> {
  const { method, request, metadata, options } = given
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>()
  const done = (error: ServiceError | null, answer?: Buffer) => (error ? reject(error) : resolve(answer))
  const running = client.makeUnaryRequest(method, asBuffer, b => b, request, metadata, options, done)
  using _ = onAbort(abort, () => running.cancel())
  return await promise
}

const isTimeout = (error: unknown) => (error as ServiceError).code === status.DEADLINE_EXCEEDED

/** A host that vanished leaves a connection on which everything times out until TCP gives up, which takes about 15 minutes. */
const TIMEOUTS_TO_RECONNECT = 3

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

function cancelled(server: string): PipelineError {
  const message = `${server}: the request was cancelled at the shutdown deadline`
  return new PipelineError('PIPE_SHUTTING_DOWN', message, { retryable: false })
}

function readTls({ endpoint: { scheme }, tls }: OtlpGrpcConfig): Promise<TlsClient> {
  return readTlsClient(scheme === undefined ? tls : { ...tls, insecure: scheme === 'http' })
}

function toCredentials(tls: TlsClient): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure()
  const { rejectUnauthorized, serverName: _, ca = systemAuthorities(), ...material } = tls
  const context = createSecureContext({ ca, ...material })
  return credentials.createFromSecureContext(context, {
    rejectUnauthorized,
    checkServerIdentity: rejectUnauthorized ? checkServerIdentity : () => undefined,
  })
}
