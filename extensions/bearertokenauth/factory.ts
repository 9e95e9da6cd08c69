import type { Factory } from '../../pipeline/component.ts'
import { type BearerTokenConfig, config } from './config.ts'
import { BearerTokenAuth } from './extension.ts'

/** Tokens for what exporters send. */
export const factory: Factory<BearerTokenConfig> = {
  kind: 'extensions',
  type: 'bearertokenauth',
  description: 'Gives what exporters send a bearer token',
  stability: { extension: 'beta' },
  config,
  roles: ['clientAuth'],
  create: context => new BearerTokenAuth(context),
}
