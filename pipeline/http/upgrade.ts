/** Who may go on as WebSocket. */
import type { IncomingMessage } from 'node:http'
import type { Connections } from './connections.ts'

/** So that requests find room beside connections that stay. */
const MAX_UPGRADED = 128

/** RFC 6455, 4.1: a GET of HTTP/1.1 whose Upgrade header names websocket. */
export function asksForWebSocket({ method, headers, httpVersionMinor }: IncomingMessage): boolean {
  return method === 'GET' && httpVersionMinor > 0 && headers.upgrade?.toLowerCase() === 'websocket'
}

/** The status with which to refuse; undefined: it may. */
export function refuseUpgrade(request: IncomingMessage, connections: Connections): 403 | 503 | undefined {
  if (!isOwnOrigin(request)) return 403
  return connections.count('upgraded') >= MAX_UPGRADED ? 503 : undefined
}

/**
 * RFC 6455, 10.2: browsers let pages of every site open WebSockets, and say in Origin which page it is. True where there is no
 * browser, or where the page came from this listener.
 */
function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())
}
