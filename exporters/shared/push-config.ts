/** Keys that the exporters which push have in common. */
import { z } from 'zod'
import { secret, sendingQueue } from '../../pipeline/config.ts'
import { bytes } from '../../pipeline/config-fields.ts'

/** Cuts a collection into requests: one of 100,000 series is far above what servers take by default. */
const requestBatch = () =>
  z
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

/** `sending_queue` with a bound in bytes, and requests of bounded size. */
export const pushQueue = () =>
  sendingQueue()
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
      batch: requestBatch().describe('How a batch is cut into requests'),
    })
    .prefault({})
    .describe('What waits for the server, for each signal')

/** `headers` of every request. `reserved`: names, in lower case, that the protocol keeps for itself. */
export const requestHeaders = (reserved: RegExp, protocol: string) =>
  z
    .record(
      z
        .string()
        .regex(/^[0-9A-Za-z_.-]+$/, 'must be a header name: letters, digits, "-", "_" and "."')
        .refine(
          name => !reserved.test(name.toLowerCase()),
          `must not be a header that ${protocol} sets itself`,
        ),
      secret().refine(value => /^[\x20-\x7e]*$/.test(value.reveal()), 'must be printable ASCII'),
    )
    .default({})
    .describe('Headers for every request, such as `authorization`; the values are never printed')
