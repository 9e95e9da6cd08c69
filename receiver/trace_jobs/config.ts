/** Configuration of the `trace_jobs` receiver. */
import { z } from 'zod'
import { resourceDetection } from '../../pipeline/resource-detection/config.ts'

export const config = z.strictObject({
  resource_detection: resourceDetection
    .prefault({})
    .describe('Attributes of every resource: which host, node and cluster it is of'),
})
export type TraceJobsConfig = z.output<typeof config>
