/** Decides which requests may go on as WebSocket. */
import type { IncomingMessage } from 'node:http'
import type { Connections } from './connections.ts'

/** Leaves room for requests beside connections that stay. */
const MAX_UPGRADED = 128

/** Returns whether a request is, by RFC 6455, 4.1, a GET of HTTP/1.1 whose Upgrade header names websocket. */
export function asksForWebSocket({ method, headers, httpVersionMinor }: IncomingMessage): boolean {
  return method === 'GET' && httpVersionMinor > 0 && headers.upgrade?.toLowerCase() === 'websocket'
}

/** Returns whether another connection may stay. */
export function hasRoom(connections: Connections): boolean {
  return connections.count('upgraded') < MAX_UPGRADED
}

/**
 * Returns the status with which to refuse; undefined: the request may go on. RFC 6455, 10.2: browsers let pages of every site open
 * WebSockets, and name the page's origin.
 */
export function refuseUpgrade(
  request: IncomingMessage,
  connections: Connections,
  origins: readonly string[] = [],
): 403 | 503 | undefined {
  if (!isOwnOrigin(request) && !origins.includes(request.headers.origin ?? '')) return 403
  return hasRoom(connections) ? undefined : 503
}

/** Returns true where there is no browser, or where its page came from this listener. */
export function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())
}
