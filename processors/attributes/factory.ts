import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { changeLogs, changeMetrics, changeSpans } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'attributes',
  description:
    'Inserts, updates, deletes, hashes, extracts and converts attributes of points, log records and spans',
  stability: { metrics: 'alpha', logs: 'alpha', traces: 'alpha' },
  config,
  create: perSignal({ metrics: changeMetrics, logs: changeLogs, traces: changeSpans }),
}
