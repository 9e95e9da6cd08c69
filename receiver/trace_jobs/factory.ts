import type { Component, Factory } from '../../pipeline/component.ts'
import { config, type TraceJobsConfig } from './config.ts'

export const factory: Factory<TraceJobsConfig> = {
  kind: 'receivers',
  type: 'trace_jobs',
  description: 'Gives pipelines the system calls of those trace jobs whose output is otlp',
  stability: { logs: 'alpha', traces: 'alpha' },
  config,
  create(context, next) {
    // Loaded when it starts: the tables of what calls take are large.
    let receiver: Component | undefined
    return {
      async start(host, abort) {
        const { TraceJobsReceiver } = await import('./receiver.ts')
        receiver = new TraceJobsReceiver(context, next)
        await receiver.start(host, abort)
      },
      async shutdown(abort) {
        await receiver?.shutdown(abort)
      },
    }
  },
}
