import type { Factory } from '../../pipeline/component.ts'
import { type BasicAuthConfig, config } from './config.ts'
import { BasicAuth } from './extension.ts'

/** Users and passwords for what exporters send. */
export const factory: Factory<BasicAuthConfig> = {
  kind: 'extensions',
  type: 'basicauth',
  description: 'Gives what exporters send a user and a password',
  stability: { extension: 'beta' },
  config,
  roles: ['clientAuth'],
  create: context => new BasicAuth(context),
}
