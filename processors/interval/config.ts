/** Configuration of the `interval` processor: the Collector's keys and defaults. */
import { z } from 'zod'
import { duration } from '../../pipeline/config.ts'

export const config = z.strictObject({
  interval: duration()
    .refine(ms => ms > 0, 'must be greater than zero, got 0s; "60s" is usual')
    .prefault('60s')
    .describe('How often the latest values are sent'),
  pass_through: z
    .strictObject({
      gauge: z.boolean().default(false).describe('Gauges go on as they come'),
      summary: z.boolean().default(false).describe('Accepted; there are no summaries here'),
    })
    .prefault({})
    .describe('What goes on as it comes, besides deltas and sums that may fall'),
})
export type Config = z.output<typeof config>
