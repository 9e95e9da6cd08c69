/** Turns a request into a stream that goes on. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../api-error.ts'
import { isUpgrade, type Mount } from '../mount.ts'
import { EventStreamOutlet } from './event-stream-outlet.ts'
import type { Outlet } from './outlet.ts'
import { WebSocketOutlet } from './web-socket-outlet.ts'

interface Connected {
  readonly outlet: Outlet
  /** Aborted when it is time to say goodbye. */
  readonly closing: AbortSignal
}

export interface Connect {
  /** Throws 426 where the request is not for a WebSocket, 503 where no more connections may stay. */
  (
    kind: Outlet['kind'],
    request: FastifyRequest,
    reply: FastifyReply,
    headers: Readonly<Record<string, string>>,
  ): Promise<Connected>
  isWebSocket(request: FastifyRequest): boolean
}

/** How long a browser waits before it comes back. */
const RETRY = 'retry: 2000\n\n'

export function createConnect(
  mount: Mount,
  told: (request: FastifyRequest, status: number) => void,
): Connect {
  const isWebSocket = ({ raw }: FastifyRequest) => isUpgrade(mount.arrivalOf(raw))
  const connect = async (...[kind, request, reply, headers]: Parameters<Connect>): Promise<Connected> => {
    const all = { ...(reply.getHeaders() as Record<string, string>), ...headers }
    if (kind === 'sse') {
      const connected = toEventStream(mount, request, reply, all)
      told(request, 200)
      return connected
    }
    const arrival = mount.arrivalOf(request.raw)
    if (!isUpgrade(arrival))
      throw new ApiError(
        426,
        `${request.url}: must be asked for as a WebSocket; …/sse is for other clients`,
        {
          headers: { upgrade: 'websocket' },
        },
      )
    reply.hijack()
    told(request, 101)
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    const webSocket = await mount.accept(arrival, reply.raw, lines)
    return { outlet: new WebSocketOutlet(webSocket, arrival.socket), closing: arrival.closing }
  }
  return Object.assign(connect, { isWebSocket })
}

function toEventStream(
  mount: Mount,
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Readonly<Record<string, string>>,
): Connected {
  const arrival = mount.arrivalOf(request.raw)
  if (arrival === undefined || isUpgrade(arrival))
    throw new ApiError(400, `${request.url}: must be asked for without an upgrade`)
  // Its close has been told already: nobody would tell the stream to end.
  if (request.raw.socket.destroyed || arrival.response.destroyed)
    throw new ApiError(400, `${request.url}: must be asked for by a client that stays`)
  if (!arrival.goOn())
    throw new ApiError(503, 'streams: as many connections as may stay are open; try again later')
  reply.hijack()
  const { response, closing } = arrival
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  response.write(RETRY)
  return { outlet: new EventStreamOutlet(response), closing }
}
