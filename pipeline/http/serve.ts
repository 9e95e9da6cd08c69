/** Serves the routes of a component at the endpoint that its configuration names. */
import type { Cancel, Clock } from '../clock.ts'
import type { Create, Host } from '../component.ts'
import type { Endpoint, TlsServerConfig } from '../config.ts'
import { SwollError } from '../errors.ts'
import { watchFiles } from '../file-changes.ts'
import { Instruments } from '../instruments.ts'
import { readTlsServer, type TlsServer, tlsServerFiles } from '../tls.ts'
import { type ListenerLease, leaseListener } from './lease.ts'
import type { Route } from './route.ts'

export interface ListenerConfig {
  readonly endpoint: Endpoint
  readonly tls?: TlsServerConfig | undefined
  readonly read_header_timeout: number
  readonly write_timeout: number
  readonly idle_timeout: number
}

export interface Serving {
  readonly kind: 'exporters' | 'extensions'
  readonly routes: readonly Route[]
  /** PEM file of the authorities of certificates that clients may show, and need not. */
  readonly clientCaFile?: string | undefined
  /** The message of the log when a route fails, or the listener is in trouble. */
  readonly failure: string
  readonly clock: Clock
}

/**
 * Rejects as `leaseListener` does, and with TLS_INVALID where the certificate cannot be used, the place of the key in front. Files of certificates are
 * read again when they change; where the new ones are wrong, the old ones stay in use.
 */
export async function serveRoutes(
  host: Pick<Host, 'service'>,
  create: Create<ListenerConfig>,
  serving: Serving,
): Promise<ListenerLease> {
  const place = `${serving.kind}::${create.id}`
  const lease = Promise.withResolvers<ListenerLease>()
  // Before they are read, so that no change comes between.
  const stop = followFiles(create, place, serving, lease.promise)
  try {
    const opened = await open(host, create, place, serving)
    lease.resolve(opened)
    const release = (abort: AbortSignal) => {
      stop()
      return opened.release(abort)
    }
    return { ...opened, release }
  } catch (error) {
    stop()
    throw error
  }
}

async function open(
  host: Pick<Host, 'service'>,
  { config, log, meter }: Create<ListenerConfig>,
  place: string,
  { routes, failure, clock, clientCaFile }: Serving,
): Promise<ListenerLease> {
  return leaseListener(host, {
    place: `${place}::endpoint`,
    endpoint: config.endpoint,
    limits: {
      tls: config.tls && (await readTls(config.tls, place, clientCaFile)),
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

async function readTls(tls: TlsServerConfig, place: string, clientCaFile?: string): Promise<TlsServer> {
  return readTlsServer(tls, clientCaFile).catch((error: SwollError) => {
    throw new SwollError(error.code, `${place}::tls: ${error.message}`, { cause: error })
  })
}

function followFiles(
  { config: { tls }, log, meter }: Create<ListenerConfig>,
  place: string,
  { clock, clientCaFile }: Serving,
  lease: Promise<ListenerLease>,
): Cancel {
  if (!tls) return () => {}
  const count = new Instruments(meter, { listener: `${place}::endpoint` }).counter(
    'http_certificate_reloads',
    '{reload}',
    'Times that files of certificates had changed, by whether they could be used',
  )
  const files = [...tlsServerFiles(tls), ...(clientCaFile === undefined ? [] : [clientCaFile])]
  return watchFiles(files, clock, async () => {
    const { renew } = await lease
    try {
      renew(await readTls(tls, place, clientCaFile))
      count(1, { outcome: 'used' })
      log.info({ files }, 'The certificate of the listener was read again')
    } catch (error) {
      count(1, { outcome: 'refused' })
      log.error({ error: (error as Error).message }, 'The certificate that was in use before stays in use')
    }
  })
}
