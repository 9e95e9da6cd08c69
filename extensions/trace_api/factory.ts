import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { TraceApi } from './extension.ts'

/** Takes trace jobs of others. */
export const factory: Factory<Config> = {
  kind: 'extensions',
  type: 'trace_api',
  description: 'Takes trace jobs over HTTP, and streams their calls over WebSocket and Server-Sent Events',
  stability: { extension: 'beta' },
  config,
  create: context => new TraceApi(context),
}
