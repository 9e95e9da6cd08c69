/** Keys that the exporters which push have in common. */
import { z } from 'zod'
import { sendingQueue } from '../../pipeline/config.ts'
import { bytes, duration, headerName, headerValue } from '../../pipeline/config-fields.ts'
import { requestBatch } from './request-limits.ts'

/** How much one request has. The Collector's keys; `min_size` and `max_size` have their defaults from `requestBatch`. */
const batch = () =>
  z
    .strictObject({
      flush_timeout: duration({ min: '1ms' })
        .prefault('200ms')
        .describe('Longest wait for more when there is less than `min_size`'),
      min_size: z
        .int()
        .min(0)
        .optional()
        .describe(
          'Less than this waits for more; absent: 8192, or `max_size` if that is less; 0: nothing waits',
        ),
      max_size: z
        .int()
        .min(0)
        .optional()
        .describe(
          'Most in one request; no request but one of a single item exceeds it or 3 MiB. 0: no limit but that; absent: 8192 items, or `min_size` if that is more; bytes: 0',
        ),
      sizer: z
        .enum(['items', 'bytes'])
        .optional()
        .describe(
          'What `min_size` and `max_size` count: points, log records or spans; or bytes of requests; absent: as the queue, or items',
        ),
      partition: z
        .strictObject({
          metadata_keys: z
            .array(z.string())
            .max(0, 'must be empty: no receiver of swoll has metadata of clients')
            .default([])
            .describe('Accepted when empty'),
        })
        .prefault({})
        .describe('What is never in one request'),
    })
    .superRefine(({ min_size: least = 0, max_size: most = 0 }, context) => {
      if (most === 0 || most >= least) return
      const message = `must not be below min_size (${least}), got ${most}; 0 means no limit`
      context.addIssue({ code: 'custom', path: ['max_size'], message })
    })
    .optional()

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
      batch: batch().describe(
        'How much one request has; absent: a batch is sent as it comes, at most 8192 items in a request',
      ),
      storage: z
        .string()
        .min(1, 'must not be empty')
        .optional()
        .describe('Extension, such as `file_storage`, that keeps what waits on disk; absent: in memory'),
    })
    .superRefine((queue, context) => {
      const batch = requestBatch(queue)
      if (batch?.sizer !== queue.sizer || batch.minSize <= queue.queue_size) return
      const message = `must not be above queue_size (${queue.queue_size} ${queue.sizer}), got ${batch.minSize}`
      context.addIssue({ code: 'custom', path: ['batch', 'min_size'], message })
    })
    .refine(({ storage, wait_for_result: waits }) => storage === undefined || !waits, {
      path: ['wait_for_result'],
      error: 'must be false with `storage`: what is on the disk is taken, whenever it is sent',
    })
    .refine(({ storage, enabled }) => storage === undefined || enabled, {
      path: ['storage'],
      error: 'must be left out with `enabled: false`: there is no queue to keep',
    })
    .prefault({})
    .describe('What waits for the server, for each signal')

/** `headers` of every request. `reserved`: names, in lower case, that the protocol keeps for itself. */
export const requestHeaders = (reserved: RegExp, protocol: string) =>
  z
    .record(
      headerName().refine(
        name => !reserved.test(name.toLowerCase()),
        `must not be a header that ${protocol} sets itself`,
      ),
      headerValue(),
    )
    .default({})
    .describe('Headers for every request, such as `authorization`; the values are never printed')
