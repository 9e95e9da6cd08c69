/** Configuration of the `charts` exporter. */
import { z } from 'zod'
import { bytes, duration, endpoint, listenerTimeouts, listenerTls } from '../../pipeline/config.ts'

export const config = z.strictObject({
  endpoint: endpoint({ listen: true })
    .prefault('127.0.0.1:9095')
    .describe(
      'Address to listen on; the metrics may have the same, and then have the same `tls` and timeouts',
    ),
  path: z
    .string()
    .regex(
      /^(?:\/[^/?#\s]+)+$/,
      'must be a path such as /metrics/charts, without a slash at its end and a query',
    )
    .default('/metrics/charts')
    .describe('Path of the page; its numbers are below it'),
  tls: listenerTls(),
  seen: z
    .boolean()
    .default(true)
    .describe(
      'Whether to keep which calls containers and units were seen to make: `swoll seccomp` asks for it',
    ),
  login: z
    .boolean()
    .default(false)
    .describe(
      'True: users log in as `trace_api` says, and see numbers of the namespaces alone that they may get traces of',
    ),
  api: z
    .boolean()
    .default(true)
    .describe(
      'Whether all of it is at the address of `trace_api` too, if there is one, for its users: there they log in, whatever `login` says',
    ),
  max_memory: bytes()
    .prefault('8MiB')
    .describe('How much the numbers of the past may take; then steps become coarser, and the oldest go'),
  retention: duration({ min: '1m', max: '24h' })
    .prefault('1h')
    .describe('How far back one can ask, if `max_memory` is enough'),
  ...listenerTimeouts,
})
export type Config = z.output<typeof config>
