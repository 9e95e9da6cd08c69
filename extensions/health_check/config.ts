/** Configuration of the `health_check` extension. Keys and defaults are the Collector's. */
import { z } from 'zod'
import { endpoint, listenerPath, listenerTimeouts, listenerTls } from '../../pipeline/config.ts'

export const config = z.strictObject({
  endpoint: endpoint({ listen: true })
    .prefault('localhost:13133')
    .describe(
      'Address to listen on; :13133 for all addresses, IPv4 and IPv6, as probes of a kubelet need it',
    ),
  path: listenerPath().default('/').describe('Path that answers like /readyz'),
  tls: listenerTls(),
  ...listenerTimeouts,
})
export type Config = z.output<typeof config>
