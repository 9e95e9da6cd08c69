/**
 * Leads from the listener to the application and to WebSockets. A WebSocket passes the application as the request that it is, so that who may read what
 * is decided in one place; what it costs to have both is paid with the first request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket, WebSocketServer } from 'ws'
import { SECURITY_HEADERS } from '../../pipeline/http/answer.ts'
import { http } from '../../pipeline/http/node-http.ts'
import type { Exchange, Route, Upgrade } from '../../pipeline/http/route.ts'

/** Most bytes of a message of a client; they mean nothing. */
const MAX_MESSAGE_BYTES = 1024

/** What is there to answer a request. */
export interface Application {
  routing(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

/** What the listener gave for a request. */
type Arrival = Exchange | Upgrade

interface MountOptions {
  readonly paths: Readonly<Record<string, string>>
  readonly origins: readonly string[]
  load(): Promise<Application>
  onError(error: Error): void
}

export class Mount {
  readonly routes: readonly Route[]
  readonly #options: MountOptions
  readonly #arrivals = new WeakMap<IncomingMessage, Arrival>()
  #application: Promise<Application> | undefined
  #webSockets: Promise<WebSocketServer> | undefined

  constructor(options: MountOptions) {
    this.#options = options
    this.routes = Object.entries(options.paths).map(([path, title]) => ({
      path,
      title,
      isMount: true,
      origins: options.origins,
      handle: exchange => this.#handle(exchange),
      upgrade: upgrade => void this.#upgrade(upgrade).catch(options.onError),
    }))
  }

  arrivalOf(request: IncomingMessage): Arrival | undefined {
    return this.#arrivals.get(request)
  }

  /** Takes the connection of a request for an upgrade away from its answer; resolves once the client speaks WebSocket. */
  async accept(upgrade: Upgrade, response: ServerResponse, headers: readonly string[]): Promise<WebSocket> {
    const { request, socket, head } = upgrade
    this.#webSockets ??= openWebSockets()
    const server = await this.#webSockets
    // Its close has been told already: who waits for it would wait for ever.
    if (socket.destroyed) throw hasLeft()
    response.detachSocket(socket as Socket)
    const addHeaders = (lines: string[], of: IncomingMessage) => {
      if (of === request) lines.push(...headers)
    }
    server.on('headers', addHeaders)
    try {
      return await new Promise<WebSocket>((resolve, reject) => {
        socket.once('close', () => reject(hasLeft()))
        server.handleUpgrade(request, socket, head, resolve)
      })
    } finally {
      server.off('headers', addHeaders)
    }
  }

  async close(): Promise<void> {
    const application = await this.#application?.catch(() => undefined)
    await application?.close()
  }

  async #handle(exchange: Exchange): Promise<void> {
    const application = await this.#loaded()
    this.#arrivals.set(exchange.request, exchange)
    application.routing(exchange.request, exchange.response)
  }

  async #upgrade(upgrade: Upgrade): Promise<void> {
    const { request, socket } = upgrade
    const response = new http.ServerResponse(request)
    response.assignSocket(socket as Socket)
    response.shouldKeepAlive = false
    // Not only its own half: a client that keeps the other half open would keep its place among those who stay.
    response.once('finish', () => (socket as Socket).destroySoon())
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    try {
      const application = await this.#loaded()
      this.#arrivals.set(request, upgrade)
      application.routing(request, response)
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  #loaded(): Promise<Application> {
    this.#application ??= this.#options.load().catch(error => {
      this.#application = undefined
      throw error
    })
    return this.#application
  }
}

export function isUpgrade(arrival: Arrival | undefined): arrival is Upgrade {
  return arrival !== undefined && 'head' in arrival
}

function hasLeft(): Error {
  return new Error('the client left before it spoke WebSocket')
}

async function openWebSockets(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws')
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  })
}
