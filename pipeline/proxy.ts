/** Which proxy the environment names for an address, by the rules of Go's `httpproxy`, which the Collector's users know. */
import { BlockList, isIP, isIPv4 } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

/** The URL of the proxy; undefined: none, the server is asked itself. This machine never is by a proxy. */
export function proxyOf(address: string, env: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(address)
  const proxy = read(env, protocol === 'https:' ? 'https_proxy' : 'http_proxy')
  if (proxy === undefined) return undefined
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const target = { host, port: port || (protocol === 'https:' ? '443' : '80') }
  const exempt = (read(env, 'no_proxy') ?? '').split(',').map(entry => entry.trim().toLowerCase())
  if (isThisMachine(host) || exempt.some(entry => entry !== '' && matches(entry, target))) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

/** In capitals or not; one that is empty is not there. */
function read(env: Environment, name: string): string | undefined {
  return env[name.toUpperCase()] || env[name] || undefined
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && inRange(host, isIPv4(host) ? '127.0.0.0/8' : '::1/128'))
}

/** `*`, an address, a range of addresses, a domain with all below it, or `.domain` with all below it alone; with a port or without. */
function matches(entry: string, { host, port }: { readonly host: string; readonly port: string }): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isIP(host) !== 0 && inRange(host, entry)
  const [, name = '', wanted] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry)!
  if (wanted !== undefined && wanted !== port) return false
  if (isIP(name) !== 0) return name === host
  const domain = name.replace(/^\*?\./, '')
  return (domain === name && host === domain) || host.endsWith(`.${domain}`)
}

function inRange(host: string, range: string): boolean {
  const [network = '', prefix = ''] = range.split('/')
  const family = isIPv4(network) ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  try {
    list.addSubnet(network, Number(prefix), family)
  } catch {
    return false // no range of addresses
  }
  return list.check(host, isIPv4(host) ? 'ipv4' : 'ipv6')
}
