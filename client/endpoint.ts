/** Addresses of agents, as people write them. */
import { isIPv6 } from 'node:net'
import { SwollError } from '../pipeline/errors.ts'

const DEFAULT_PORT = 9095
const MAX_PORT = 65_535

export interface Endpoint {
  /** A name or an address; of IPv6 without brackets. */
  readonly hostname: string
  readonly port: number
  readonly isTls: boolean
  /** In front of all paths; empty, or it begins with a slash and ends without one. */
  readonly pathPrefix: string
}

/**
 * `node-a`, `node-a:9095`, `10.0.0.1:9095`, `::1`, `[::1]:9095`, `https://node-a:9095/prefix`. Without a scheme `isTls` decides. Throws
 * USAGE_INVALID.
 */
export function decodeEndpoint(text: string, isTls = false): Endpoint {
  const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*)$/s.exec(text) ?? []
  const [, authority = '', path = ''] = /^([^/?#]*)(.*)$/s.exec(rest) ?? []
  const [hostname, port] = splitPort(authority)
  const isHost = /^[\w.-]+$/.test(hostname) || isIPv6(hostname)
  const portNumber = port === undefined ? DEFAULT_PORT : Number(port)
  const isPort = port === undefined || (/^\d{1,5}$/.test(port) && portNumber >= 1 && portNumber <= MAX_PORT)
  const hasPrefix = path === '' || scheme !== undefined
  if (!isHost || !isPort || !hasPrefix || /[?#]/.test(path))
    throw new SwollError(
      'USAGE_INVALID',
      `endpoint: must be such as "node-a:9095", "[::1]:9095" or "https://node-a:9095", got "${text}"`,
    )
  return {
    hostname,
    port: portNumber,
    isTls: scheme === undefined ? isTls : scheme === 'https',
    pathPrefix: path.replace(/\/+$/, ''),
  }
}

/** More than one colon without brackets is an address of IPv6 without a port. */
function splitPort(authority: string): readonly [hostname: string, port: string | undefined] {
  const [, address, behind] = /^\[([^\]]*)\](?::(.*))?$/s.exec(authority) ?? []
  if (address !== undefined) return [address.includes(':') ? address : '', behind]
  const at = authority.indexOf(':')
  if (at < 0 || authority.indexOf(':', at + 1) >= 0) return [authority, undefined]
  return [authority.slice(0, at), authority.slice(at + 1)]
}

/** `node-a:9095`, `[::1]:9095`: as a Host header has it. */
export function formatEndpoint({ hostname, port }: Pick<Endpoint, 'hostname' | 'port'>): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}
