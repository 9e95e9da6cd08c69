/** Servers of three protocols that do what a script says with each request, and remember what they have. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2, createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { unpackSnappy } from '../../exporters/prometheus_remote_write/kit.ts'
import { decodeTwo } from '../../exporters/prometheus_remote_write/messages.ts'
import {
  decodeRequest,
  encodeAnswer,
  encodeRetryStatus,
  type OtlpRequest,
  toOtlpPoints,
} from '../../kit/otlp.ts'

export type ProtocolName = 'otlp_grpc' | 'otlp_http' | 'prometheus_remote_write'

/**
 * `take`: has the request and says so; `part`: less one point. `hang` and `cut`: has it, and says nothing, or ends the connection.
 * The others have nothing: `away` asks for nothing, `slow` for a second, `full` is at a limit and names no time, `bad` never takes it.
 */
export type Step = 'take' | 'part' | 'hang' | 'cut' | 'away' | 'slow' | 'full' | 'bad'

const HAS: readonly Step[] = ['take', 'part', 'hang', 'cut']

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number
  /** The values of the batches that it has, one for each request. */
  readonly has: readonly number[]
}

interface Options {
  readonly port?: number
  /** By the number of the request, from 1. */
  readonly script?: (request: number) => Step
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer }
}

/** Batches have one value each. */
export async function startScripted(protocol: ProtocolName, options: Options = {}): Promise<ScriptedServer> {
  const { script = () => 'take' as const, tls, port = 0 } = options
  const has: number[] = []
  let requests = 0
  const decide = (value: number): Step => {
    const step = script(++requests)
    if (HAS.includes(step)) has.push(value)
    return step
  }
  const server = protocol === 'otlp_grpc' ? createGrpc(decide, tls) : createPlain(protocol, decide, tls)
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    has,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function read(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const readValue = (request: Buffer) =>
  Number(toOtlpPoints(decodeRequest('metrics', request) as OtlpRequest)[0]!.value)

/** Status, and headers by what else is to be said. */
const HTTP_STATUS = { away: 503, slow: 429, full: 429, bad: 400 } as const

function createPlain(protocol: ProtocolName, decide: (value: number) => Step, tls: Options['tls']): Server {
  const isRemoteWrite = protocol === 'prometheus_remote_write'
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await read(request)
    const series = isRemoteWrite ? decodeTwo(unpackSnappy(body)).series : []
    const step = decide(isRemoteWrite ? series[0]!.samples[0]!.value : readValue(body))
    if (step === 'hang') return
    if (step === 'cut') request.socket.destroy()
    else if (step === 'take' || step === 'part') {
      const missing = Number(step === 'part')
      const written = { 'x-prometheus-remote-write-samples-written': String(series.length - missing) }
      response.writeHead(200, isRemoteWrite ? written : { 'content-type': 'application/x-protobuf' })
      response.end(isRemoteWrite ? '' : encodeAnswer(missing, missing ? 'one too many' : ''))
    } else {
      response.writeHead(HTTP_STATUS[step], step === 'slow' ? { 'retry-after': '1' } : {})
      response.end(step)
    }
  }
  return tls ? createHttps(tls, answer) : createServer(answer)
}

/** Numbers of google.rpc.Code. */
const GRPC_STATUS = { away: 14, slow: 8, full: 8, bad: 3 } as const

function createGrpc(decide: (value: number) => Step, tls: Options['tls']): Server {
  const server = tls ? createSecureServer(tls) : createHttp2()
  server.on('session', session => session.on('error', () => {}))
  server.on('stream', async (stream: ServerHttp2Stream) => {
    stream.on('error', () => {})
    const step = decide(readValue((await read(stream)).subarray(5)))
    if (step === 'hang') return
    if (step === 'cut') stream.session!.destroy()
    else if (step === 'take' || step === 'part') {
      const message = step === 'part' ? encodeAnswer(1, 'one too many') : Buffer.alloc(0)
      answerGrpc(stream, { 'grpc-status': '0' }, message)
    } else {
      const details = step === 'slow' && {
        'grpc-status-details-bin': encodeRetryStatus(1).toString('base64'),
      }
      answerGrpc(stream, { 'grpc-status': String(GRPC_STATUS[step]), 'grpc-message': step, ...details })
    }
  })
  return server
}

function answerGrpc(stream: ServerHttp2Stream, trailers: Record<string, string>, message?: Buffer): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers(trailers))
  const length = Buffer.alloc(5)
  length.writeUInt32BE(message?.length ?? 0, 1)
  stream.end(message && Buffer.concat([length, message]))
}
