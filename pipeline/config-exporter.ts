/** Blocks that exporters share, with the Collector's keys and defaults. */
import { z } from 'zod'
import { duration } from './config-fields.ts'
import { formatDuration } from './duration.ts'

/** `retry_on_failure` of an exporter: exponential back-off with jitter. */
export function retryOnFailure() {
  return z
    .strictObject({
      enabled: z.boolean().default(true).describe('False: a failed request is dropped at once'),
      initial_interval: duration({ min: '1ms' }).prefault('5s').describe('Wait before the first retry'),
      randomization_factor: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe('Each wait is scaled by 1 ± this, at random'),
      multiplier: z.number().min(1).default(1.5).describe('Factor from one wait to the next'),
      max_interval: duration({ min: '1ms' }).prefault('30s').describe('Longest wait'),
      max_elapsed_time: duration().prefault('5m').describe('Give up and drop after this long; 0: never'),
    })
    .superRefine((retry, context) => {
      const key = retry.initial_interval > retry.max_interval ? 'initial_interval' : 'max_interval'
      if (retry.max_elapsed_time > 0 && retry.max_elapsed_time < retry[key])
        context.addIssue({
          code: 'custom',
          path: ['max_elapsed_time'],
          message: `must not be below ${key} (${formatDuration(retry[key])}), got ${formatDuration(retry.max_elapsed_time)}`,
        })
    })
    .prefault({})
}
export type RetryOnFailureConfig = z.output<ReturnType<typeof retryOnFailure>>

const count = (value: number) => z.int().min(1).default(value)

/** `sending_queue` of an exporter, in memory. */
export function sendingQueue() {
  return z
    .strictObject({
      enabled: z.boolean().default(true).describe('False: send while the pipeline waits'),
      num_consumers: count(10).describe('Requests under way at once'),
      queue_size: count(1000).describe(
        'Most that waits, in the unit of `sizer`; what comes on top is dropped and counted',
      ),
      sizer: z.enum(['requests', 'items', 'bytes']).default('requests').describe('What `queue_size` counts'),
      block_on_overflow: z
        .boolean()
        .default(false)
        .describe('True: a full queue makes the pipeline wait instead of dropping'),
      wait_for_result: z
        .boolean()
        .default(false)
        .describe('True: the pipeline waits until the data has been sent'),
    })
    .prefault({})
}
export type SendingQueueConfig = z.output<ReturnType<typeof sendingQueue>>
