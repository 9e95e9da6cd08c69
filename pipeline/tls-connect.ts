import type { TlsClientConfig } from './config-tls.ts'
import { systemAuthorities } from './system-authorities.ts'
import { readTlsClient } from './tls.ts'

/**
 * What `tls.connect` takes for the servers of a client of HTTP, of which the address says whether there is TLS: `insecure` changes nothing. Rejects
 * with TLS_INVALID.
 */
export async function tlsConnectOptions(given: TlsClientConfig) {
  const tls = (await readTlsClient({ ...given, insecure: false }))!
  const { ca = systemAuthorities(), serverName, ...others } = tls
  return { ca, ...others, ...(serverName && { servername: serverName }) }
}
