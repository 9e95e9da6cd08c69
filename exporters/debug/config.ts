/** Configuration of the `debug` exporter. Keys and defaults are the Collector's. */
import { z } from 'zod'
import { anyCase } from '../../pipeline/config-fields.ts'

export const config = z.strictObject({
  verbosity: anyCase(z.enum(['basic', 'normal', 'detailed']))
    .prefault('basic')
    .describe(
      'basic: one line of counts per batch; normal: also a line per point, span or log record; detailed: every field',
    ),
  sampling_initial: z.int().min(0).default(2).describe('Batches printed in full at the start of each second'),
  sampling_thereafter: z
    .int()
    .min(0)
    .default(1)
    .describe('After those, every so many-th batch of that second is printed; 1: all, 0: none'),
  use_internal_logger: z
    .boolean()
    .default(true)
    .describe("True: through the agent's log, at level info; false: as plain text on standard output"),
})
export type DebugConfig = z.output<typeof config>
