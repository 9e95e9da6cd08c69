/** Finds the route of a request, or the answer that needs none. */
import type { IncomingMessage } from 'node:http'
import { frontPage } from './answer.ts'
import { checkRequest, isReply, type Reply } from './check-request.ts'
import type { Routes, ServedRoute } from './routes.ts'

interface Found {
  readonly served: ServedRoute
  /** The target's, without its question mark. */
  readonly query: string
}

const METHODS = { Allow: 'GET, HEAD' }

/** `isLoopback`: the listener is there for this host alone. */
export function findRoute(request: IncomingMessage, routes: Routes, isLoopback: boolean): Found | Reply {
  const target = checkRequest(request, isLoopback)
  if (isReply(target)) return target
  const { path, query } = target
  if (path === '*' && request.method === 'OPTIONS') return { status: 200, text: '', headers: METHODS }
  const served = routes.find(path)
  if (!served && path !== '/') {
    const paths = routes.list().map(other => other.path)
    return { status: 404, text: `There is nothing at this path; there is ${paths.join(', ')}\n`, headers: {} }
  }
  if (served?.route.isMount) return { served, query }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, text: 'Only GET and HEAD are possible here\n', headers: METHODS }
  if (served) return { served, query }
  const text = frontPage(routes.list().map(({ route }) => route))
  return { status: 200, text, headers: { 'Content-Type': 'text/html; charset=utf-8' } }
}
