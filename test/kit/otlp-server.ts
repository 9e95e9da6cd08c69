/** A real OTLP server over gRPC, of all three signals, that keeps what it is sent. */
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import type { Signal } from '../../pipeline/component.ts'
import { decodeRequest, encodeAnswer, type OtlpRequest } from './otlp.ts'

interface ReceivedRequest {
  readonly signal: Signal
  /** The decoded request for metrics; `decodeLogs` and `decodeTraces` serve the other signals. */
  readonly request: OtlpRequest
  readonly body: Uint8Array
  /** Decoded, uncompressed. */
  readonly bytes: number
  readonly headers: Readonly<Record<string, string>>
}

const PATHS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
} as const satisfies Record<Signal, string>
const same = (bytes: Buffer) => bytes
const UNCHANGED = {
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
}

/** The answer to a request: undefined accepts it; `hold` never answers. */
export type Reply =
  | undefined
  | 'hold'
  | { readonly rejected: number; readonly message: string }
  | { readonly code: number; readonly details: string; readonly status?: Buffer }

export interface OtlpServer extends AsyncDisposable {
  readonly port: number
  /** Requests that were taken, wholly or in part, oldest first. */
  readonly taken: ReceivedRequest[]
  /** Returns the number of attempts seen, refused ones included. */
  attempts(): number
  /** Connections that attempts came over, as address and port of the client. */
  readonly peers: Set<string>
  stop(): Promise<void>
}

export interface OtlpServerOptions {
  /** 0, the default: any free port. */
  readonly port?: number
  readonly credentials?: ServerCredentials
  /** Called for each attempt, the first being 1. */
  readonly reply?: (attempt: number) => Reply
}

export async function startOtlpServer(options: OtlpServerOptions = {}): Promise<OtlpServer> {
  const { reply = () => undefined, credentials = ServerCredentials.createInsecure() } = options
  const taken: ReceivedRequest[] = []
  const peers = new Set<string>()
  let attempts = 0
  const server = new Server()
  const handle = (signal: Signal, call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
    attempts++
    peers.add(call.getPeer())
    const decided = reply(attempts)
    if (decided === 'hold') return
    if (decided && 'code' in decided) {
      const metadata = new Metadata()
      if (decided.status) metadata.set('grpc-status-details-bin', decided.status)
      answer({ code: decided.code, details: decided.details, metadata })
      return
    }
    const headers = Object.fromEntries(
      Object.entries(call.metadata.getMap()).map(([name, value]) => [name, String(value)]),
    )
    const body = call.request
    const request = decodeRequest(signal, body) as OtlpRequest
    taken.push({ signal, request, body, bytes: body.length, headers })
    answer(null, encodeAnswer(decided?.rejected, decided?.message, signal))
  }
  for (const [signal, path] of Object.entries(PATHS) as [Signal, string][])
    server.addService(
      { export: { ...UNCHANGED, path, requestStream: false, responseStream: false } },
      {
        export: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
          handle(signal, call, answer),
      },
    )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  const stop = async () => server.forceShutdown()
  return { port, taken, peers, attempts: () => attempts, stop, [Symbol.asyncDispose]: stop }
}
