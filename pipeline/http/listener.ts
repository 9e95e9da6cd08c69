/**
 * An HTTP listener for many routes. It serves whoever asks as long as it can: too many connections cost the least useful one,
 * and of one connection one request is answered at a time.
 */
import type Http from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Endpoint } from '../config.ts'
import { afterPoll } from './after-poll.ts'
import { answer, frontPage, SECURITY_HEADERS } from './answer.ts'
import { bind } from './bind.ts'
import { checkRequest, isLoopbackAddress, isRefusal } from './check-request.ts'
import { type Connection, Connections } from './connections.ts'
import { Line } from './line.ts'
import type { Route } from './route.ts'
import { createServer, endWith, REQUEST_TIMEOUT, type ServerLimits, statusOfBroken } from './server.ts'
import { normalizePath, type Target } from './target.ts'
import type { ListenerTelemetry } from './telemetry.ts'
import type { Waiting } from './turns.ts'

export interface ListenerOptions extends ServerLimits {
  readonly endpoint: Endpoint
  /** Each with a path of its own; `/` is the list of them. */
  readonly routes: readonly Route[]
  /** From the request to the last byte that its client has read. */
  readonly writeTimeoutMs: number
  readonly clock: Clock
  readonly telemetry: ListenerTelemetry
  /** A route failed, or the listener itself is in trouble; it goes on. */
  readonly onError: (error: Error) => void
}

const MAX_CONNECTIONS = 256
const METHODS = { Allow: 'GET, HEAD' }

export class HttpListener {
  readonly #options: ListenerOptions
  readonly #server: Http.Server
  readonly #connections: Connections
  readonly #lines = new WeakMap<Connection, Line>()
  readonly #routes: ReadonlyMap<string, Route>
  #isLoopback = true

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#routes = new Map(options.routes.map(route => [normalizePath(route.path) ?? route.path, route]))
    this.#connections = new Connections({
      max: MAX_CONNECTIONS,
      clock: options.clock,
      onDropped: options.telemetry.dropped,
    })
    this.#server = createServer(options, MAX_CONNECTIONS)
    this.#server.on('connection', (socket: Socket) => this.#connections.add(socket))
    this.#server.on('request', (request, response) => this.#queue(request, response))
    this.#server.on('clientError', (error, socket) => this.#refuseBroken(error, socket as Socket))
    this.#server.on('connect', (_, socket) => {
      this.#options.telemetry.refused(405)
      endWith(socket as Socket, 405)
    })
  }

  /** Resolves with the address it listens on. Rejects with COMPONENT_START_FAILED; the message lacks the key. */
  async listen(): Promise<Endpoint> {
    const endpoint = await bind(this.#server, this.#options.endpoint)
    this.#server.on('error', this.#options.onError)
    this.#isLoopback = isLoopbackAddress(endpoint.host)
    return endpoint
  }

  /** Takes no more requests, lets answers under way finish until `abort`, then cuts them off. Safe before `listen`, and twice. */
  async close(abort: AbortSignal): Promise<void> {
    if (!this.#server.listening) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cut = () => this.#connections.closeAll(['silent', 'idle', 'busy'])
    this.#server.close(() => resolve())
    this.#connections.closeAll(['silent', 'idle'])
    abort.addEventListener('abort', cut, { once: true })
    if (abort.aborted) cut()
    await promise
    abort.removeEventListener('abort', cut)
  }

  /** After the request before it on the same connection, and only if its client is still there. */
  #queue(request: Http.IncomingMessage, response: Http.ServerResponse): void {
    const connection = this.#connections.of(request.socket)
    if (!connection) return
    const line = this.#lines.get(connection) ?? new Line(() => this.#answered(connection, request.socket))
    this.#lines.set(connection, line)
    this.#connections.become(connection, 'busy')
    const isTaken = line.add(response, () => this.#begin(request, response, connection))
    if (!isTaken) this.#connections.drop(connection, 'pipelined')
  }

  #answered(connection: Connection, socket: Socket): void {
    if (this.#server.listening) this.#connections.become(connection, 'idle')
    else socket.destroySoon()
  }

  #begin(request: Http.IncomingMessage, response: Http.ServerResponse, connection: Connection): void {
    const client: Waiting = {
      address: connection.address,
      get isGone() {
        return request.socket.destroyed || response.closed
      },
      cut: () => this.#connections.drop(connection, 'slow'),
    }
    if (client.isGone) return
    const { clock, writeTimeoutMs } = this.#options
    response.once('close', clock.after(writeTimeoutMs, client.cut))
    afterPoll(() => void this.#serve(request, response, client))
  }

  async #serve(request: Http.IncomingMessage, response: Http.ServerResponse, client: Waiting): Promise<void> {
    if (client.isGone) return
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    // A body is not read, so no request can follow it.
    if (!this.#server.listening || hasBody(request)) response.setHeader('Connection', 'close')
    try {
      const target = checkRequest(request, this.#isLoopback)
      if (isRefusal(target)) this.#refuse(response, target.status, target.text, { Connection: 'close' })
      else await this.#route(request, response, target, client)
    } catch (error) {
      this.#options.onError(error as Error)
      if (response.headersSent) response.destroy()
      else answer(response, 500, 'The answer could not be put together; see the log of the agent\n')
    }
  }

  #route(
    request: Http.IncomingMessage,
    response: Http.ServerResponse,
    { path, query }: Target,
    client: Waiting,
  ): void | Promise<void> {
    if (path === '*' && request.method === 'OPTIONS') return answer(response, 200, '', METHODS)
    const route = this.#routes.get(path)
    if (!route && path !== '/') {
      const paths = [...this.#routes.keys()].join(', ')
      return this.#refuse(response, 404, `There is nothing at this path; there is ${paths}\n`)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return this.#refuse(response, 405, 'Only GET and HEAD are possible here\n', METHODS)
    if (route) return route.handle({ request, response, query, client })
    answer(response, 200, frontPage(this.#options.routes), { 'Content-Type': 'text/html; charset=utf-8' })
  }

  #refuse(response: Http.ServerResponse, status: number, text: string, headers = {}): void {
    this.#options.telemetry.refused(status)
    answer(response, status, text, headers)
  }

  /** What Node could not read as a request, or waited for in vain. */
  #refuseBroken({ code }: NodeJS.ErrnoException, socket: Socket): void {
    const connection = this.#connections.of(socket)
    const status = statusOfBroken(code)
    if (code === REQUEST_TIMEOUT) this.#options.telemetry.dropped('timeout')
    else if (status !== undefined) this.#options.telemetry.refused(status)
    else if (code?.startsWith('ERR_')) this.#options.telemetry.dropped('handshake')
    if (status === undefined || connection?.state === 'busy') socket.destroy()
    else endWith(socket, status)
  }
}

function hasBody({ headers }: Http.IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}
