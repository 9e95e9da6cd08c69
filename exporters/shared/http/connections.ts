/** The connections to servers, or to proxies before them. undici is loaded with this file, so import it only when an exporter starts. */
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { memoized } from '../../../pipeline/memoized.ts'
import { proxyOf } from '../../../pipeline/proxy.ts'
import { tlsConnectOptions } from '../../../pipeline/tls-connect.ts'
import type { ConnectionConfig } from './config.ts'

interface Connections {
  /** Carries requests to this address. */
  to(address: string): Dispatcher
  /** Lets requests under way finish. */
  close(): void
  destroy(): void
}

/** Connects with the first request. Rejects with TLS_INVALID if a certificate or key cannot be used. */
export async function openConnections(
  config: ConnectionConfig,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Connections> {
  const connect = await tlsConnectOptions(config.tls)
  const options = { ...connectionOptions(config), connect }
  const dispatchers = new Map<string, Dispatcher>()
  const dispatcherBy = memoized(dispatchers, (proxy: string) =>
    proxy === ''
      ? new Agent(options)
      : new ProxyAgent({ ...options, uri: proxy, requestTls: connect, proxyTls: { ca: connect.ca } }),
  )
  const each = (end: (dispatcher: Dispatcher) => Promise<void>) => {
    for (const dispatcher of dispatchers.values()) end(dispatcher).catch(() => {})
  }
  return {
    to: address => dispatcherBy(config.proxy_url?.reveal() ?? proxyOf(address, env) ?? ''),
    close: () => each(dispatcher => dispatcher.close()),
    destroy: () => each(dispatcher => dispatcher.destroy()),
  }
}

function connectionOptions({
  max_conns_per_host: most,
  idle_conn_timeout: idleMs,
  disable_keep_alives: once,
}: ConnectionConfig) {
  return {
    connections: most === 0 ? null : most,
    keepAliveTimeout: idleMs,
    // 0: no connection is used twice.
    pipelining: once ? 0 : 1,
    // The exporter has a limit for the whole attempt.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
}
