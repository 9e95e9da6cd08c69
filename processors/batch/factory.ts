import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type BatchConfig, config } from './config.ts'
import { batchLogs, batchSpans, passMetrics } from './processor.ts'

export const factory: Factory<BatchConfig> = {
  kind: 'processors',
  type: 'batch',
  description: 'Gathers log records and spans into larger batches; metrics come as whole collections already',
  stability: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  config,
  create: perSignal({ metrics: passMetrics, logs: batchLogs, traces: batchSpans }),
}
