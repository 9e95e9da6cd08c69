/** Pages of browsers that may use the API. */
import type { IncomingMessage } from 'node:http'

/**
 * Returns whether the page that a browser says it asks for may do so: it is the listener's own, or of these origins. Who sends no Origin is no page.
 * `Origin: null`, as sandboxed pages and files have it, is nobody's.
 */
export function acceptsOrigin({ headers }: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = headers
  if (origin === undefined || allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}
