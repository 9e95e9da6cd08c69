/** Configuration of the `zpages` extension. Keys and defaults are the Collector's, and those of our listeners. */
import { z } from 'zod'
import { endpoint, listenerTimeouts, listenerTls } from '../../pipeline/config.ts'

export const config = z.strictObject({
  endpoint: endpoint({ listen: true }).prefault('localhost:55679').describe('Address to listen on'),
  expvar: z
    .strictObject({
      enabled: z
        .literal(false, {
          error: 'must be false: variables of Go; /debug/servicez and own metrics say the same',
        })
        .default(false)
        .describe('Taken where it is false: these are variables of Go'),
    })
    .prefault({}),
  tls: listenerTls(),
  ...listenerTimeouts,
})
export type Config = z.output<typeof config>
