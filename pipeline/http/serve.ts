/** Serves the routes of a component at the endpoint that its configuration names. */
import type { Clock } from '../clock.ts'
import type { Create, Host } from '../component.ts'
import type { Endpoint, TlsServerConfig } from '../config.ts'
import { SwollError } from '../errors.ts'
import { readTlsServer } from '../tls.ts'
import { type ListenerLease, leaseListener } from './lease.ts'
import type { Route } from './route.ts'

interface ListenerConfig {
  readonly endpoint: Endpoint
  readonly tls?: TlsServerConfig | undefined
  readonly read_header_timeout: number
  readonly write_timeout: number
  readonly idle_timeout: number
}

interface Serving {
  readonly kind: 'exporters' | 'extensions'
  readonly routes: readonly Route[]
  /** The message of the log when a route fails, or the listener is in trouble. */
  readonly failure: string
  readonly clock: Clock
}

/** Rejects as `leaseListener` does, and with TLS_INVALID where the certificate cannot be used, the place of the key in front. */
export async function serveRoutes(
  host: Pick<Host, 'service'>,
  { id, config, log, meter }: Create<ListenerConfig>,
  { kind, routes, failure, clock }: Serving,
): Promise<ListenerLease> {
  const place = `${kind}::${id}`
  const tls =
    config.tls &&
    (await readTlsServer(config.tls).catch((error: SwollError) => {
      throw new SwollError(error.code, `${place}::tls: ${error.message}`, { cause: error })
    }))
  return leaseListener(host, {
    place: `${place}::endpoint`,
    endpoint: config.endpoint,
    limits: {
      tls,
      headerTimeoutMs: config.read_header_timeout,
      writeTimeoutMs: config.write_timeout,
      idleTimeoutMs: config.idle_timeout,
    },
    routes,
    onError: error => log.error({ error: error.stack }, failure),
    log,
    meter,
    clock,
  })
}
