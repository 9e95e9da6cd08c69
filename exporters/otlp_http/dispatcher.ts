/** The connections to a server or by a proxy. undici is loaded with this file, so import it only when an exporter starts. */
import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici'
import { readTlsClient } from '../../pipeline/tls.ts'
import { systemAuthorities } from '../shared/system-authorities.ts'
import type { OtlpHttpConfig } from './config.ts'

const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']
/** As Go's client has it, whatever NO_PROXY says. */
const THIS_MACHINE = ['localhost', '127.0.0.1', '::1', '[::1]']

/** Rejects with TLS_INVALID if a certificate or key cannot be used. */
export async function openDispatcher(
  config: OtlpHttpConfig,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Dispatcher> {
  const options = { ...connections(config), connect: await connectOptions(config) }
  const proxy = config.proxy_url?.reveal()
  if (proxy !== undefined) return new ProxyAgent({ ...options, uri: proxy, requestTls: options.connect })
  if (!PROXY_VARIABLES.some(name => env[name])) return new Agent(options)
  const noProxy = [env.no_proxy ?? env.NO_PROXY, ...THIS_MACHINE].filter(Boolean).join(',')
  return new EnvHttpProxyAgent({ ...options, requestTls: options.connect, noProxy })
}

function connections({
  max_conns_per_host: most,
  idle_conn_timeout: idleMs,
  disable_keep_alives: once,
}: OtlpHttpConfig) {
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

async function connectOptions({ tls: given }: OtlpHttpConfig) {
  const tls = (await readTlsClient({ ...given, insecure: false }))!
  const { ca, cert, key, minVersion, maxVersion, rejectUnauthorized, serverName } = tls
  return {
    ca: ca ?? systemAuthorities(),
    cert,
    key,
    minVersion,
    maxVersion,
    rejectUnauthorized,
    ...(serverName && { servername: serverName }),
  }
}
