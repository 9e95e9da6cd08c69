import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { Interval } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'interval',
  description: 'Sends the latest values every so often, however often they come',
  stability: { metrics: 'alpha' },
  config,
  create: perSignal({ metrics: (context, next) => new Interval(context, next) }),
}
