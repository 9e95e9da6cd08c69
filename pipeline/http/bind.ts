/** Listening, and what to do where that is refused. */
import { once } from 'node:events'
import { type AddressInfo, isIP, type Server } from 'node:net'
import { type Endpoint, formatEndpoint } from '../config.ts'
import { SwollError } from '../errors.ts'

type Refused = NodeJS.ErrnoException
/** All addresses of a family. */
const ANY_IPV6 = '::'
const ANY_IPV4 = '0.0.0.0'

/**
 * Resolves with the address it listens on. `::` takes IPv4 as well, and is 0.0.0.0 where there is no IPv6; of a name the
 * first IPv4 address is taken, as Go and so the Collector do. Rejects with COMPONENT_START_FAILED; the message lacks the key.
 */
export async function bind(server: Server, endpoint: Endpoint): Promise<Endpoint> {
  const host = await resolveHost(endpoint)
  try {
    await listen(server, { host, port: endpoint.port }).catch((cause: Refused) => {
      if (host !== ANY_IPV6 || cause.code === 'EADDRINUSE' || cause.code === 'EACCES') throw cause
      return listen(server, { host: ANY_IPV4, port: endpoint.port })
    })
  } catch (cause) {
    throw toListenError(endpoint, cause as Refused)
  }
  const { address, port } = server.address() as AddressInfo
  return { host: address, port }
}

function listen(server: Server, endpoint: Endpoint): Promise<unknown> {
  return once(server.listen(endpoint), 'listening')
}

/** The address of an endpoint's host. Rejects as `bind` does. */
export async function resolveHost(endpoint: Endpoint): Promise<string> {
  const { host } = endpoint
  if (isIP(host)) return host
  const { lookup } = process.getBuiltinModule('node:dns').promises
  const found = await lookup(host, { all: true }).catch((cause: Refused) => {
    throw toListenError(endpoint, cause)
  })
  return (found.find(({ family }) => family === 4) ?? found[0]!).address
}

/** By the kernel's or the resolver's code: the rule that was broken, and what to do. */
const REFUSALS: Readonly<Record<string, readonly [rule: string, remedy: string]>> = {
  EADDRINUSE: ['must be a port that nobody else listens on', 'stop the other process or choose another port'],
  EACCES: ['must be open to this process', 'ports below 1024 need root or CAP_NET_BIND_SERVICE'],
  EADDRNOTAVAIL: ['must be an address of this host', '0.0.0.0 stands for all of IPv4, [::] for all'],
  ENOTFOUND: ['must be a name that resolves', 'an address always does'],
}

function toListenError(endpoint: Endpoint, cause: Refused): SwollError {
  const why = cause.code ?? cause.message
  const [rule, remedy] = REFUSALS[why] ?? ['must be possible to listen on', `the system says ${why}`]
  const message = `${rule}, got ${formatEndpoint(endpoint)}; ${remedy}`
  return new SwollError('COMPONENT_START_FAILED', message, { cause })
}
