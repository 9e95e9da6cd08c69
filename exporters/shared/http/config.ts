/** Keys that the exporters which speak HTTP have in common: the Collector's, with its defaults. */
import { z } from 'zod'
import { duration, secret, tlsExporter } from '../../../pipeline/config.ts'
import { auth } from '../client-auth.ts'
import { requestHeaders } from '../push-config.ts'

/** HTTP keeps these for itself. */
const RESERVED = [
  ...['connection', 'content-encoding', 'content-length', 'content-type', 'host', 'keep-alive'],
  ...['transfer-encoding', 'upgrade', 'user-agent'],
]

const isHttp = (text: string) => {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return false
  return [url.hash, url.username, url.password].every(part => part === '')
}

/** The address of a server. */
export const httpAddress = () =>
  z.string().refine(isHttp, 'must be a URL that begins with http:// or https://, without user and fragment')

/** `headers` of every request. `more`: those, in lower case, that the protocol on top of HTTP keeps for itself. */
export const httpHeaders = (more: readonly string[] = [], protocol = 'HTTP') =>
  requestHeaders(new RegExp(`^(${[...RESERVED, ...more].join('|')})$`), protocol)

/** How connections are made and kept, and who is said to send. A factory with these has `uses: usesOfAuth`. */
export const connectionKeys = {
  auth: auth(),
  proxy_url: secret()
    .refine(
      url => isHttp(url.reveal().replace(/\/\/[^/@]*@/, '//')),
      'must be a URL that begins with http:// or https://',
    )
    .optional()
    .describe('Proxy; absent: that of HTTP_PROXY, HTTPS_PROXY and NO_PROXY, never for this machine'),
  max_conns_per_host: z.int().min(0).default(0).describe('Most connections to a server; 0: no limit'),
  max_idle_conns: z
    .int()
    .min(0)
    .default(100)
    .describe('Accepted; an idle connection closes after idle_conn_timeout'),
  max_idle_conns_per_host: z.int().min(0).default(0).describe('The same'),
  idle_conn_timeout: duration({ min: '1ms' })
    .prefault('90s')
    .describe('Closes a connection that is not used for so long'),
  disable_keep_alives: z.boolean().default(false).describe('True: a connection for each request'),
  tls: tlsExporter().describe('TLS towards servers whose URL begins with https://'),
}

const connection = z.strictObject(connectionKeys)
export type ConnectionConfig = z.output<typeof connection>
