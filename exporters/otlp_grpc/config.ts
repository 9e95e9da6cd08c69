/** Configuration of the `otlp_grpc` exporter. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import {
  describeValue,
  duration,
  type Endpoint,
  endpoint,
  retryOnFailure,
  secret,
  sendingQueue,
  tlsClient,
} from '../../pipeline/config.ts'
import { bytes } from '../../pipeline/config-fields.ts'

interface Target extends Endpoint {
  /** The scheme: `https` means TLS, `http` none; undefined: the `tls` block decides. */
  readonly scheme: 'http' | 'https' | undefined
}

/** `host:port`, also with `http://` or `https://` in front. */
const target = z
  .string({ error: issue => (issue.input === undefined ? 'must be set' : undefined) })
  .transform((text, context): Target => {
    const match = /^(?:(https?):\/\/)?(.*?)\/?$/.exec(text)
    const address = endpoint().safeParse(match?.[2])
    if (address.success) return { ...address.data, scheme: match?.[1] as Target['scheme'] }
    const message = `must be "host:port", "http://host:port" or "https://host:port", without a path, got ${describeValue(text)}`
    context.issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  })

/** gRPC keeps these for itself. */
const RESERVED = /^(grpc-|:|content-type$|te$|user-agent$)/

const headers = z
  .record(
    z
      .string()
      .regex(/^[0-9A-Za-z_.-]+$/, 'must be a header name: letters, digits, "-", "_" and "."')
      .refine(name => !RESERVED.test(name.toLowerCase()), 'must not be a header that gRPC sets itself'),
    secret().refine(value => /^[\x20-\x7e]*$/.test(value.reveal()), 'must be printable ASCII'),
  )
  .default({})

/** Cuts a collection into requests: one of 100,000 series is far above the 4 MiB that gRPC servers take by default. */
const batch = z
  .strictObject({
    max_size: z
      .int()
      .min(1)
      .default(8192)
      .describe(
        'Most in one request, in the unit of `sizer`; no request but one of a single item exceeds it or 3 MiB',
      ),
    sizer: z
      .enum(['items', 'bytes'])
      .default('items')
      .describe('What `max_size` counts: points, log records or spans; or bytes'),
  })
  .prefault({})

export const config = z.strictObject({
  endpoint: target.describe('Server: host:port; https:// in front forces TLS, http:// turns it off'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Of requests'),
  headers: headers.describe(
    'Headers for every request, such as `authorization`; the values are never printed',
  ),
  timeout: duration().prefault('5s').describe('Limit for one attempt; 0: none'),
  tls: tlsClient()
    .unwrap()
    .safeExtend({
      reload_interval: duration().prefault('0s').describe('Read the files again after this long; 0: never'),
    })
    .prefault({})
    .describe('TLS towards the server'),
  retry_on_failure: retryOnFailure().describe('What happens after an error that may pass'),
  sending_queue: sendingQueue()
    .unwrap()
    .extend({
      num_consumers: z
        .int()
        .min(1)
        .default(1)
        .describe('Batches of a signal under way at once; above 1 they may arrive out of order'),
      max_bytes: bytes()
        .prefault('64MiB')
        .describe('Most memory that the waiting data of a signal takes, whatever queue_size allows'),
      batch: batch.describe('How a batch is cut into requests'),
    })
    .prefault({})
    .describe('What waits for the server, for each signal'),
})
export type OtlpGrpcConfig = z.output<typeof config>
