/** A real OTLP metrics server over gRPC that keeps what it is sent. */
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import { decodeOtlp, encodeAnswer, type OtlpRequest } from './otlp.ts'

export interface ReceivedRequest {
  readonly request: OtlpRequest
  /** Decoded, uncompressed. */
  readonly bytes: number
  readonly headers: Readonly<Record<string, string>>
}

/** How to answer: undefined takes the request; `hold` never answers. */
export type Reply =
  | undefined
  | 'hold'
  | { readonly rejected: number; readonly message: string }
  | { readonly code: number; readonly details: string; readonly status?: Buffer }

export interface OtlpServer extends AsyncDisposable {
  readonly port: number
  /** Requests that were taken, wholly or in part, oldest first. */
  readonly taken: ReceivedRequest[]
  /** Attempts seen, refused ones too. */
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
  const handle = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
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
    taken.push({ request: decodeOtlp(call.request), bytes: call.request.length, headers })
    answer(null, encodeAnswer(decided?.rejected, decided?.message))
  }
  const same = (bytes: Buffer) => bytes
  server.addService(
    {
      export: {
        path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      },
    },
    { export: handle },
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  const stop = async () => server.forceShutdown()
  return { port, taken, peers, attempts: () => attempts, stop, [Symbol.asyncDispose]: stop }
}
