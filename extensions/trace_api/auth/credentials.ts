/** Reads from a request who it says it is from. */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Credential } from './login.ts'

/** The API server's proxy to pods takes Authorization away; this one passes. */
const OWN_HEADER = 'swoll-authorization'
/** Longer ones are nobody's: a token of a service account has some 1,200 characters. */
const MAX_LENGTH = 8192

/** Undefined: the request shows nothing. Null: what it shows is no login of any kind, or a certificate of a stranger. */
export function readCredential(request: IncomingMessage, nowMs: number): Credential | null | undefined {
  const header = request.headers[OWN_HEADER] ?? request.headers.authorization
  if (header !== undefined) return typeof header === 'string' ? decodeHeader(header) : null
  return readCertificate(request, nowMs)
}

/** RFC 9110, 11.1: the name of a scheme is in whatever case. */
function decodeHeader(header: string): Credential | null {
  if (header.length > MAX_LENGTH) return null
  const [, scheme = '', rest = ''] = /^(\w+) +(\S+) *$/.exec(header) ?? []
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', token: rest }
  if (scheme.toLowerCase() !== 'basic') return null
  const text = Buffer.from(rest, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 1 ? null : { kind: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) }
}

function readCertificate({ socket }: IncomingMessage, nowMs: number): Credential | null | undefined {
  const tls = socket as Partial<TLSSocket>
  const shown = tls.getPeerCertificate?.()
  if (!shown?.subject) return undefined
  // A connection may be older than the end of its certificate.
  const isCurrent = Date.parse(shown.valid_to) > nowMs
  const { CN, O } = shown.subject as unknown as Readonly<Record<string, string | string[] | undefined>>
  if (!tls.authorized || !isCurrent || typeof CN !== 'string' || CN === '') return null
  return { kind: 'certificate', name: CN, groups: O === undefined ? [] : [O].flat() }
}
