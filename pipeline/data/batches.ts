import type { MetricsBatch } from './metrics.ts'

/** What flows, by signal. A signal joins when its batch type exists. */
export interface Batches {
  readonly metrics: MetricsBatch
}
