/** Refuses requests that no route should see. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { decodeTarget, type Target } from './target.ts'

/** An answer for which no route is needed. From status 400 on it is a refusal. */
export interface Reply {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

/** RFC 9110, 4.2.1 and 7.2: a name or an address, and a port. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([\w.~!$&'()*+,;=%-]*))(?::\d{0,5})?$/i

/**
 * Returns the target, or why the request is refused. `isLoopback`: the listener is there for this host alone; a page of the
 * web which makes its own name resolve to 127.0.0.1 (DNS rebinding) must not read it through the browser of a user.
 */
export function checkRequest(request: IncomingMessage, isLoopback: boolean): Target | Reply {
  const target = decodeTarget(request.url ?? '')
  if (!target) return refuse(400, 'The target of the request is not a path\n')
  const { rawHeaders, headers, httpVersionMinor } = request
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
  const match = HOST.exec(target.authority ?? headers.host ?? '')
  // RFC 9112, 3.2: "MUST respond with a 400 to any request that contains none, more than one or an invalid Host".
  const isMissing = hosts === 0 && httpVersionMinor > 0
  if (hosts > 1 || isMissing || !match) return refuse(400, 'Host must be one name or address\n')
  // RFC 9112, 6.1: HTTP/1.0 has no Transfer-Encoding, so the two ends may disagree where the request ends.
  if (httpVersionMinor === 0 && headers['transfer-encoding'] !== undefined)
    return refuse(400, 'HTTP/1.0 has no Transfer-Encoding\n')
  if (isLoopback && !isNameOfThisHost(match[1] ?? match[2] ?? ''))
    return refuse(421, 'Host must be localhost or an address: this listener is for its own host alone\n')
  return target
}

function refuse(status: 400 | 421, text: string): Reply {
  return { status, text, headers: { Connection: 'close' } }
}

export function isReply(result: object): result is Reply {
  return 'status' in result
}

/** Returns true for names that no owner of a domain can make resolve to this host: names without a dot, and addresses. */
function isNameOfThisHost(name: string): boolean {
  const bare = name.toLowerCase().replace(/\.$/, '')
  return isIP(bare) !== 0 || !bare.includes('.') || bare.endsWith('.localhost')
}

/** Returns whether the address of a listening socket can be reached from this host only. */
export function isLoopbackAddress(address: string): boolean {
  return /^(?:::ffff:)?127\./i.test(address) || address === '::1'
}
