import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { Zpages } from './extension.ts'

/** Shows what runs. */
export const factory: Factory<Config> = {
  kind: 'extensions',
  type: 'zpages',
  description: 'Pages about what runs in the agent: states, rates, losses and queues of its components',
  stability: { extension: 'beta' },
  config,
  create: context => new Zpages(context),
}
