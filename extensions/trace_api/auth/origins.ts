/** Pages of browsers that may use the API. */
import type { IncomingMessage } from 'node:http'
import { isOwnOrigin } from '../../../pipeline/http/upgrade.ts'

/**
 * Returns whether the page that a browser says it asks for may do so: it is the listener's own, or of these origins. Who sends no Origin is no page.
 * `Origin: null`, as sandboxed pages and files have it, is nobody's.
 */
export function acceptsOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  return isOwnOrigin(request) || allowed.includes(request.headers.origin ?? '')
}
