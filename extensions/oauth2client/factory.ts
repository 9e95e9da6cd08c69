import type { Factory } from '../../pipeline/component.ts'
import { config, type Oauth2Config } from './config.ts'
import { Oauth2Client } from './extension.ts'

/** Tokens of an OAuth 2.0 server for what exporters send. */
export const factory: Factory<Oauth2Config> = {
  kind: 'extensions',
  type: 'oauth2client',
  description: 'Gives what exporters send a token of an OAuth 2.0 server',
  stability: { extension: 'beta' },
  config,
  roles: ['clientAuth'],
  create: context => new Oauth2Client(context),
}
