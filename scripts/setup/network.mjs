/** Checks within a second whether npm can reach its registry: npm itself tries for minutes before it gives up. */
import { once } from 'node:events'
import { connect } from 'node:net'

const REGISTRY = 'https://registry.npmjs.org/'
const PATIENCE_MS = 5_000
const PORTS = { 'http:': 80, 'https:': 443 }

/** The registry npm asks. npm tells the scripts that it runs what its configuration says. */
export function registryOf(env) {
  return new URL(env.npm_config_registry || REGISTRY)
}

/** Returns the address to which npm connects: a configured proxy, else the registry. Proxies may be written without a scheme. */
export function firstHopOf(env) {
  const proxies = [
    'npm_config_https_proxy',
    'npm_config_proxy',
    'https_proxy',
    'HTTPS_PROXY',
    'http_proxy',
    'HTTP_PROXY',
  ]
  const proxy = proxies.map(name => env[name]).find(value => value && value !== 'null')
  if (proxy === undefined) return registryOf(env)
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`)
}

/** Why a connection to the host of `url` cannot be made, as the system calls it: ENOTFOUND, ETIMEDOUT; undefined when it can. */
export async function whyUnreachable(url) {
  const socket = connect({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || PORTS[url.protocol] || 443,
  })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) })
    return undefined
  } catch (error) {
    return error.name === 'AbortError' ? 'ETIMEDOUT' : (error.code ?? String(error))
  } finally {
    socket.destroy()
  }
}
