/** Node's server, with all of its limits set, and what it leaves to us. */
import type Http from 'node:http'
import type Https from 'node:https'
import type { Socket } from 'node:net'
import type { TlsServer } from '../tls.ts'
import { http, loadHttps } from './node-http.ts'

export interface ServerLimits {
  readonly tls: TlsServer | undefined
  /** For all of a request to arrive, and for a TLS handshake. */
  readonly headerTimeoutMs: number
  /** Between two requests. */
  readonly idleTimeoutMs: number
}

const MAX_HEADER_BYTES = 16 * 1024
/** A burst is taken in before the least useful connections go; beyond this many times the limit newcomers are refused. */
const BURST = 4
/** Node looks at its timeouts from time to time only; this often within one. */
const CHECKS_PER_TIMEOUT = 4
const MIN_CHECK_MS = 25
const MAX_CHECK_MS = 1000

export function createServer(
  limits: ServerLimits,
  maxConnections: number,
  isUpgrade: (request: Http.IncomingMessage) => boolean,
): Http.Server {
  const { tls } = limits
  const checkMs = Math.min(
    Math.max(Math.ceil(limits.headerTimeoutMs / CHECKS_PER_TIMEOUT), MIN_CHECK_MS),
    MAX_CHECK_MS,
  )
  const options: Http.ServerOptions = {
    connectionsCheckingInterval: checkMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false, // checkRequest requires it, so that it is counted
    shouldUpgradeCallback: isUpgrade,
  }
  const server = tls
    ? loadHttps().createServer({
        ...options,
        ...tls,
        handshakeTimeout: Math.ceil(limits.headerTimeoutMs),
      })
    : http.createServer(options)
  server.maxConnections = maxConnections * BURST
  setTimeouts(server, limits)
  return server
}

/** From the next request on. */
export function setTimeouts(
  server: Http.Server,
  { headerTimeoutMs, idleTimeoutMs }: Omit<ServerLimits, 'tls'>,
): void {
  // Node takes whole milliseconds only.
  server.headersTimeout = Math.ceil(headerTimeoutMs)
  server.requestTimeout = Math.ceil(headerTimeoutMs)
  server.keepAliveTimeout = Math.ceil(idleTimeoutMs)
}

/** From the next connection on; of a server that was created with TLS, and asks clients for certificates as before. */
export function setCertificate(server: Http.Server, tls: TlsServer): void {
  const { requestCert: _, rejectUnauthorized: __, source: ___, ...context } = tls
  ;(server as Https.Server).setSecureContext(context)
}

export const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT'
const STATUS: Readonly<Record<string, number>> = {
  [REQUEST_TIMEOUT]: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
}

/** The status for what is not a request; undefined where the connection broke, or its TLS: then nobody can be told. */
export function statusOfBroken(code: string | undefined): number | undefined {
  return STATUS[code ?? ''] ?? (code?.startsWith('HPE_') ? 400 : undefined)
}

/** Says this and no more, on a connection where nothing else is being answered. */
export function endWith(socket: Socket, status: number): void {
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    )
  socket.destroySoon()
}
