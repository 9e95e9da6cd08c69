/** A server of OTLP over HTTP that keeps what it was sent, and an exporter that sends to it. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { config } from '../../../exporters/otlp_http/config.ts'
import { http } from '../../../exporters/otlp_http/protocol.ts'
import { PushExporter } from '../../../exporters/shared/push-exporter.ts'
import type { ClientAuth } from '../../../pipeline/client-auth.ts'
import { fakeClock } from '../../kit/clock.ts'
import { createContext, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'

interface Taken {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Uncompressed. */
  readonly body: Buffer
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

const UNPACK = { gzip: gunzipSync, zlib: inflateSync, deflate: inflateSync, zstd: zstdDecompressSync }

interface HttpServer extends AsyncDisposable {
  readonly url: string
  readonly taken: readonly Taken[]
  /** Connections so far. */
  readonly connections: () => number
}

/** `reply`: by the number of the request, from 1; `hold`: never answers. */
export async function startHttpServer(
  reply: (request: number) => Reply | 'hold' = () => ({}),
  tls?: { readonly cert: Buffer; readonly key: Buffer },
): Promise<HttpServer> {
  const taken: Taken[] = []
  let connections = 0
  const answer: RequestListener = async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { url = '', headers } = request
    const unpack = UNPACK[headers['content-encoding'] as keyof typeof UNPACK]
    const bytes = Buffer.concat(chunks)
    taken.push({ path: url, headers, body: unpack ? unpack(bytes) : bytes })
    const said = reply(taken.length)
    if (said === 'hold') return
    response.writeHead(said.status ?? 200, said.headers)
    response.end(said.body)
  }
  const server: Server = tls ? createTlsServer(tls, answer) : createServer(answer)
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    taken,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** `clientAuth`: what the extension offers that `auth` names. */
export async function openExporter(given: object, clientAuth?: ClientAuth) {
  const clock = fakeClock()
  const log = recordingLogger()
  const host = recordingHost()
  const { meter, read } = recordingMeter()
  const context = createContext(config.parse(given), { id: 'otlp_http', log, meter })
  const exporter = new PushExporter(context, http, { clock, random: () => 0.5 })
  await exporter.start(clientAuth ? { ...host, extension: () => clientAuth as never } : host)
  return {
    clock,
    log,
    host,
    consumers: exporter.consumers,
    exporter,
    read,
    /** The counters of metric points that are not zero. */
    async counts() {
      const found = Object.entries(await read()).flatMap(([name, value]) => {
        const short = /^exporter_(\w+)_metric_points/.exec(name)?.[1]
        return short && value > 0 ? [[short, value] as const] : []
      })
      return Object.fromEntries(found)
    },
    errors: () => log.lines.map(({ fields }) => String(fields.error ?? '')),
    async [Symbol.asyncDispose]() {
      await exporter.shutdown(AbortSignal.abort())
    },
  }
}
