/** The HTTP side: routes, limits, and answers that are sent as fast as the client reads them. */
import type Http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../pipeline/clock.ts'
import { type Endpoint, formatEndpoint } from '../../pipeline/config.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { http } from '../../pipeline/http.ts'
import type { TlsServer } from '../../pipeline/tls.ts'
import { acceptsGzip, CONTENT_TYPES, type Format, negotiateFormat } from './negotiate.ts'
import { type Sent, sendChunks } from './send.ts'
import type { Scrape } from './telemetry.ts'

export interface ServerOptions {
  readonly endpoint: Endpoint
  readonly path: string
  readonly tls: TlsServer | undefined
  readonly maxScrapes: number
  readonly readHeaderTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly clock: Clock
  /** What to send; each chunk is valid until the next is asked for. `delivered` is called once all was sent. */
  readonly open: (format: Format) => { readonly chunks: Iterable<Uint8Array>; delivered(): void }
  /** The listener itself is in trouble; it goes on. */
  readonly onError: (error: Error) => void
  readonly onScrape: (scrape: Scrape, error?: Error) => void
}

const MAX_CONNECTIONS = 128
const PLAIN = { 'Content-Type': 'text/plain; charset=utf-8' }

export class MetricsServer {
  readonly #options: ServerOptions
  readonly #server: Http.Server
  #scrapes = 0

  constructor(options: ServerOptions) {
    this.#options = options
    const limits = {
      headersTimeout: options.readHeaderTimeoutMs,
      requestTimeout: options.readHeaderTimeoutMs,
      keepAliveTimeout: options.idleTimeoutMs,
      maxHeaderSize: 16 * 1024,
    }
    const handle: Http.RequestListener = (request, response) => this.#route(request, response)
    this.#server = options.tls
      ? https.createServer({ ...limits, ...toHttps(options.tls) }, handle)
      : http.createServer(limits, handle)
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  /** Resolves with the address it listens on. Rejects with COMPONENT_START_FAILED; the message lacks the key. */
  async listen(): Promise<Endpoint> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(this.#options.endpoint, resolve)
    await promise.catch((cause: NodeJS.ErrnoException) => {
      throw toListenError(this.#options.endpoint, cause)
    })
    this.#server.off('error', reject).on('error', error => this.#options.onError(error))
    const { address, port } = this.#server.address() as AddressInfo
    return { host: address, port }
  }

  /** Takes no more requests, lets answers under way finish until `abort`, then cuts them off. */
  async close(abort: AbortSignal): Promise<void> {
    if (!this.#server.listening) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cut = () => this.#server.closeAllConnections()
    this.#server.close(() => resolve())
    abort.addEventListener('abort', cut, { once: true })
    if (abort.aborted) cut()
    await promise
    abort.removeEventListener('abort', cut)
  }

  #route(request: Http.IncomingMessage, response: Http.ServerResponse): void {
    if (!this.#server.listening) response.setHeader('Connection', 'close')
    const [path] = (request.url ?? '').split('?', 1)
    if (path !== this.#options.path && path !== '/') {
      answer(response, 404, PLAIN, `There is nothing at this path; metrics are at ${this.#options.path}\n`)
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      const headers = { ...PLAIN, Allow: 'GET, HEAD' }
      answer(response, 405, headers, 'Only GET and HEAD are possible here\n')
    } else if (path === this.#options.path) {
      void this.#scrape(request, response)
    } else {
      answer(response, 200, { 'Content-Type': 'text/html; charset=utf-8' }, landingPage(this.#options.path))
    }
  }

  async #scrape(request: Http.IncomingMessage, response: Http.ServerResponse): Promise<void> {
    const { clock, maxScrapes, onScrape } = this.#options
    const startMs = clock.monotonicMs()
    const format = negotiateFormat(request.headers.accept)
    const report = (status: Scrape['status'], bytes: number, error?: Error) =>
      onScrape({ format, status, bytes, seconds: (clock.monotonicMs() - startMs) / 1000 }, error)
    const refuse = (status: 500 | 503, body: string, error?: Error) => {
      if (response.headersSent) response.destroy()
      else answer(response, status, { ...PLAIN, 'Retry-After': '1' }, body)
      report(`${status}`, 0, error)
    }
    if (this.#scrapes >= maxScrapes)
      return refuse(503, 'Too many scrapes at once; see max_concurrent_scrapes\n')
    this.#scrapes++
    try {
      const body = this.#options.open(format)
      const { bytes, error } = await this.#send(request, response, format, body.chunks)
      if (error) return report('aborted', bytes, error)
      if (request.method === 'HEAD') return
      body.delivered()
      report('200', bytes)
    } catch (error) {
      refuse(500, 'The metrics could not be put together; see the log of the agent\n', error as Error)
    } finally {
      this.#scrapes--
    }
  }

  async #send(
    request: Http.IncomingMessage,
    response: Http.ServerResponse,
    format: Format,
    chunks: Iterable<Uint8Array>,
  ): Promise<Sent> {
    const isGzip = acceptsGzip(String(request.headers['accept-encoding'] ?? ''))
    response.writeHead(200, {
      'Content-Type': CONTENT_TYPES[format],
      ...(isGzip && { 'Content-Encoding': 'gzip' }),
      Vary: 'Accept, Accept-Encoding',
    })
    if (request.method === 'HEAD') {
      response.end()
      return { bytes: 0 }
    }
    const { clock, writeTimeoutMs } = this.#options
    const stopTimer = clock.after(writeTimeoutMs, () => response.destroy())
    return sendChunks(chunks, response, isGzip).finally(stopTimer)
  }
}

function answer(
  response: Http.ServerResponse,
  status: number,
  headers: Http.OutgoingHttpHeaders,
  body: string,
): void {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body)
}

function landingPage(path: string): string {
  const safe = path.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
  return `<!doctype html>
<html lang="en">
<title>swoll</title>
<h1>swoll</h1>
<p>System calls of every container and service on this host.</p>
<p><a href="${safe}">Metrics</a></p>
</html>
`
}

function toHttps(tls: TlsServer): https.ServerOptions {
  const { ca, cert, key, minVersion, maxVersion, requestCert } = tls
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(maxVersion && { maxVersion }),
    minVersion,
    requestCert,
    rejectUnauthorized: requestCert,
    handshakeTimeout: 10_000,
  }
}

const REMEDY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'must be free, but another process listens there; stop it or choose another port',
  EACCES: 'must be open to this process; ports below 1024 need root or CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'must be an address of this host; 0.0.0.0 stands for all of them',
  ENOTFOUND: 'must be a name that resolves; an address always does',
}

function toListenError(endpoint: Endpoint, cause: NodeJS.ErrnoException): SwollError {
  const rule = REMEDY[cause.code ?? ''] ?? `could not be listened on (${cause.code ?? cause.message})`
  return new SwollError('COMPONENT_START_FAILED', `${rule}, got ${formatEndpoint(endpoint)}`, { cause })
}
