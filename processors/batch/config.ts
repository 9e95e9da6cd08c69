/** Configuration of the `batch` processor: the Collector's keys and defaults. */
import { z } from 'zod'
import { duration } from '../../pipeline/config.ts'

export const config = z
  .strictObject({
    timeout: duration()
      .prefault('200ms')
      .describe('Longest wait for more log records or spans; 0: none, they go on as they come'),
    send_batch_size: z
      .int()
      .min(0)
      .default(8192)
      .describe('Log records or spans that are sent without waiting for more; 0: only `timeout` counts'),
    send_batch_max_size: z
      .int()
      .min(0)
      .default(0)
      .describe('Most log records or spans sent at once, larger batches are cut; 0: no limit'),
    metadata_keys: z
      .array(z.string())
      .max(0, 'must be empty: no receiver of swoll has metadata of clients')
      .default([])
      .describe('Accepted when empty'),
    metadata_cardinality_limit: z.int().min(1).default(1000).describe('Accepted; nothing is told apart'),
  })
  .superRefine(({ send_batch_size: size, send_batch_max_size: most }, context) => {
    if (most === 0 || most >= size) return
    const message = `must not be below send_batch_size (${size}), got ${most}; 0 means no limit`
    context.addIssue({ code: 'custom', path: ['send_batch_max_size'], message })
  })
export type BatchConfig = z.output<typeof config>
