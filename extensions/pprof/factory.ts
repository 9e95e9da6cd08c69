import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { Pprof } from './extension.ts'

/** Profiles the agent. */
export const factory: Factory<Config> = {
  kind: 'extensions',
  type: 'pprof',
  description: 'Profiles of the agent itself on request, for `go tool pprof`',
  stability: { extension: 'beta' },
  config,
  create: context => new Pprof(context),
}
