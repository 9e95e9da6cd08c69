import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { filterLogs, filterMetrics, filterSpans } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'filter',
  description: 'Drops points, log records and spans for which a condition in OTTL is true',
  stability: { metrics: 'alpha', logs: 'alpha', traces: 'alpha' },
  config,
  create: perSignal({ metrics: filterMetrics, logs: filterLogs, traces: filterSpans }),
}
