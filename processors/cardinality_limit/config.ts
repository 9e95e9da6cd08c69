import { z } from 'zod'
import { duration } from '../../pipeline/config.ts'

export const config = z.strictObject({
  limit: z
    .int()
    .min(1)
    .default(100_000)
    .describe('Most series of a metric, over all resources. One more series, the overflow, takes the rest'),
  limit_per_resource: z
    .int()
    .min(1)
    .default(2000)
    .describe('Most series of a metric in one container or unit. Its own overflow series takes the rest'),
  max_stale: duration({ min: '1s' })
    .prefault('24h')
    .describe('A series whose value has not changed for this long ends, and makes room for another'),
  action: z
    .enum(['overflow', 'drop'])
    .default('overflow')
    .describe('What becomes of series over a limit: `overflow` keeps sums exact, `drop` only counts them'),
})
export type Config = z.infer<typeof config>
