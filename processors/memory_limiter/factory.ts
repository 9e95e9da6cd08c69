import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { limitLogs, limitMetrics, limitSpans } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'memory_limiter',
  description: 'Refuses data while this process uses too much memory, before it is killed for that',
  stability: { traces: 'beta', metrics: 'beta', logs: 'beta' },
  config,
  create: perSignal({ metrics: limitMetrics, logs: limitLogs, traces: limitSpans }),
}
