import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { CumulativeToDelta } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'cumulative_to_delta',
  aliases: ['cumulativetodelta'],
  description: 'Makes deltas of cumulative sums and histograms, for backends that want these',
  stability: { metrics: 'beta' },
  config,
  create: perSignal({ metrics: (context, next) => new CumulativeToDelta(context, next) }),
}
