/**
 * An HTTP listener for many routes. It serves whoever asks as long as it can: too many connections cost the least useful one,
 * and of one connection one request is answered at a time.
 */
import type Http from 'node:http'
import type { Socket } from 'node:net'
import { onAbort } from '../abort.ts'
import type { Clock } from '../clock.ts'
import type { Endpoint } from '../config.ts'
import { afterPoll } from './after-poll.ts'
import { answer, SECURITY_HEADERS } from './answer.ts'
import { bind } from './bind.ts'
import { isLoopbackAddress, isReply, type Reply } from './check-request.ts'
import { type Connection, Connections } from './connections.ts'
import { findRoute } from './find-route.ts'
import type { Exchange, Route } from './route.ts'
import { type Owner, Routes, type ServedRoute } from './routes.ts'
import {
  createServer,
  endWith,
  REQUEST_TIMEOUT,
  type ServerLimits,
  setCertificate,
  setTimeouts,
  statusOfBroken,
} from './server.ts'
import type { ListenerTelemetry } from './telemetry.ts'
import type { Waiting } from './turns.ts'
import { asksForWebSocket, hasRoom, refuseUpgrade } from './upgrade.ts'
import { watchReading } from './watch-reading.ts'

export interface ListenerLimits extends ServerLimits {
  /** From the request to the last byte that its client has read. */
  readonly writeTimeoutMs: number
}

export interface ListenerOptions {
  readonly endpoint: Endpoint
  readonly limits: ListenerLimits
  readonly clock: Clock
  readonly telemetry: ListenerTelemetry
  /** The listener is in trouble, or failed at what is no owner's; it goes on. */
  readonly onError: (error: Error) => void
}

const MAX_CONNECTIONS = 256
/** The most requests that a client may send ahead; hardly any sends one. */
const MAX_AHEAD = 8

export class HttpListener {
  readonly #options: ListenerOptions
  readonly #server: Http.Server
  readonly #connections: Connections
  readonly #routes = new Routes()
  #limits: ListenerLimits
  #isLoopback = true

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#limits = options.limits
    this.#connections = new Connections({
      max: MAX_CONNECTIONS,
      clock: options.clock,
      onDropped: options.telemetry.dropped,
    })
    this.#server = createServer(options.limits, MAX_CONNECTIONS, request => this.#canUpgrade(request))
    this.#server.on('connection', (socket: Socket) => this.#connections.add(socket))
    this.#server.on('request', (request, response) => this.#queue(request, response))
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head))
    this.#server.on('clientError', (error, socket) => this.#refuseBroken(error, socket as Socket))
    this.#server.on('connect', (_, socket) => this.#end(socket as Socket, 405))
  }

  /** Resolves with the address it listens on. Rejects with COMPONENT_START_FAILED; the message lacks the key. */
  async listen(): Promise<Endpoint> {
    const endpoint = await bind(this.#server, this.#options.endpoint)
    this.#server.on('error', this.#options.onError)
    this.#isLoopback = isLoopbackAddress(endpoint.host)
    return endpoint
  }

  /**
   * Serves a route; `/` is the list of them unless it is one itself. An older one of the same owner at this path gets no more
   * requests while this one is there. `end` of the result takes the route away. Throws COMPONENT_START_FAILED where
   * another owner has the path.
   */
  add(route: Route, owner: Owner): Pick<ServedRoute, 'end'> {
    const served = this.#routes.add(route, owner)
    return {
      end: abort => {
        this.#routes.remove(served)
        return served.end(abort)
      },
    }
  }

  /** Sets timeouts and certificate. Whether there is TLS, and whether clients need certificates, must stay as it was. */
  setLimits(limits: ListenerLimits): void {
    if (limits.tls && limits.tls !== this.#limits.tls) setCertificate(this.#server, limits.tls)
    setTimeouts(this.#server, limits)
    this.#limits = limits
  }

  /** Takes no more requests, lets what is under way finish until `abort`, then cuts it off. Safe before `listen`, and twice. */
  async close(abort: AbortSignal): Promise<void> {
    if (!this.#server.listening) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#connections.closeAll(['silent', 'idle'])
    for (const served of this.#routes.all) void served.end(abort)
    using _ = onAbort(abort, () => this.#connections.closeAll(['silent', 'idle', 'busy', 'upgraded']))
    await promise
  }

  /** Serves the request after the one before it on the same connection, if its client is still there by then. */
  #queue(request: Http.IncomingMessage, response: Http.ServerResponse): void {
    const connection = this.#connections.of(request.socket)
    if (!connection) return
    const { line } = connection
    if (line.length > MAX_AHEAD) return void this.#connections.drop(connection, 'pipelined')
    line.push(() => this.#begin(request, response, connection))
    response.once('close', () => {
      line.shift()
      if (line[0]) line[0]()
      else this.#answered(connection, request.socket)
    })
    if (line.length === 1) line[0]!()
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
    this.#connections.become(connection, 'busy')
    const { clock } = this.#options
    const reading = watchReading(request.socket, {
      timeoutMs: this.#limits.writeTimeoutMs,
      clock,
      cut: client.cut,
    })
    response.once('close', reading.end)
    const goOn = () => {
      if (!hasRoom(this.#connections)) return false
      reading.goOn()
      this.#connections.become(connection, 'upgraded')
      return true
    }
    afterPoll(() => void this.#serve({ request, response, client, goOn }))
  }

  async #serve(begun: Omit<Exchange, 'query' | 'closing'>): Promise<void> {
    const { request, response, client } = begun
    if (client.isGone) return
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    if (!this.#server.listening) response.setHeader('Connection', 'close')
    let { onError } = this.#options
    try {
      const found = findRoute(request, this.#routes, this.#isLoopback)
      // A body that nobody reads is the end: no request can follow it.
      if (hasBody(request) && (isReply(found) || !found.served.route.isMount))
        response.setHeader('Connection', 'close')
      if (isReply(found)) return this.#reply(response, found)
      const { served, query } = found
      onError = served.owner.onError
      served.track(response, request.socket)
      await served.route.handle({ ...begun, query, closing: served.closing })
    } catch (error) {
      onError(error as Error)
      if (response.headersSent) response.destroy()
      else answer(response, 500, 'The answer could not be put together; see the log of the agent\n')
    }
  }

  #reply(response: Http.ServerResponse, { status, text, headers }: Reply): void {
    if (status >= 400) this.#options.telemetry.refused(status)
    answer(response, status, text, headers)
  }

  /** Refuses where Node has left the connection to us. */
  #end(socket: Socket, status: number): void {
    this.#options.telemetry.refused(status)
    endWith(socket, status)
  }

  /** Returns false behind a request that has no answer yet, too: the upgrade is then a request like others. */
  #canUpgrade(request: Http.IncomingMessage): boolean {
    const isFree = !this.#isAnswering(request.socket) && this.#server.listening
    if (!isFree || !asksForWebSocket(request)) return false
    const found = findRoute(request, this.#routes, this.#isLoopback)
    return !isReply(found) && found.served.route.upgrade !== undefined
  }

  /** Runs right behind `#canUpgrade`, so the route is there. */
  #upgrade(request: Http.IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const connection = this.#connections.of(socket)
    const found = findRoute(request, this.#routes, this.#isLoopback)
    if (!connection || isReply(found)) return void socket.destroy()
    const status = refuseUpgrade(request, this.#connections, found.served.route.origins)
    if (status !== undefined) return void this.#end(socket, status)
    const { served, query } = found
    this.#connections.become(connection, 'upgraded')
    served.track(socket, socket)
    try {
      served.route.upgrade?.({ request, query, socket, head, closing: served.closing })
    } catch (error) {
      served.owner.onError(error as Error)
      socket.destroy()
    }
  }

  /** Answers, if it can, where Node could not read a request or waited for it in vain. */
  #refuseBroken({ code }: NodeJS.ErrnoException, socket: Socket): void {
    const status = statusOfBroken(code)
    if (code === REQUEST_TIMEOUT) this.#options.telemetry.dropped('timeout')
    else if (status !== undefined) this.#options.telemetry.refused(status)
    else if (code?.startsWith('ERR_')) this.#options.telemetry.dropped('handshake')
    if (status === undefined || this.#isAnswering(socket)) socket.destroy()
    else endWith(socket, status)
  }

  #isAnswering(socket: Socket): boolean {
    return (this.#connections.of(socket)?.line.length ?? 0) > 0
  }
}

function hasBody({ headers }: Http.IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}
