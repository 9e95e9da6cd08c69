import type { LogsBatch } from './logs.ts'
import type { MetricsBatch } from './metrics.ts'
import type { TracesBatch } from './traces.ts'

/** The batch of each signal. */
export interface Batches {
  readonly traces: TracesBatch
  readonly metrics: MetricsBatch
  readonly logs: LogsBatch
}

export const SIGNALS = ['traces', 'metrics', 'logs'] as const satisfies readonly (keyof Batches)[]
