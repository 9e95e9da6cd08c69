import type { Component, Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'

/** Takes trace jobs of others. */
export const factory: Factory<Config> = {
  kind: 'extensions',
  type: 'trace_api',
  description: 'Takes trace jobs over HTTP, and streams their calls over WebSocket and Server-Sent Events',
  stability: { extension: 'beta' },
  config,
  create(context) {
    // Loaded when it starts: agents without it are 4 MB smaller.
    let extension: Component | undefined
    return {
      async start(host, abort) {
        const { TraceApi } = await import('./extension.ts')
        extension = new TraceApi(context)
        await extension.start(host, abort)
      },
      async shutdown(abort) {
        await extension?.shutdown(abort)
      },
    }
  },
}
