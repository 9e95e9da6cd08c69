/** The receiver's two parts: one counts for metrics pipelines, one traces for logs and traces pipelines; each only if it is wanted. */
import type { Component, Consumers, Create } from '../../pipeline/component.ts'
import { hostsOfParts } from '../../pipeline/status.ts'
import type { EbpfConfig } from './config.ts'
import { EbpfReceiver } from './receiver.ts'
import { EbpfReplay } from './trace/replay.ts'
import { EbpfTracer } from './trace/tracer.ts'

export function createParts(context: Create<EbpfConfig>, next: Consumers): Component {
  const parts: Component[] = []
  if (next.metrics) parts.push(new EbpfReceiver(context, next))
  if (next.logs || next.traces) {
    const isReplay = context.config.trace.replay !== undefined
    parts.push(isReplay ? new EbpfReplay(context, next) : new EbpfTracer(context, next))
  }
  return parts.length === 1 ? parts[0]! : joined(parts)
}

function joined(parts: readonly Component[]): Component {
  return {
    async start(host, abort) {
      const hosts = hostsOfParts(host, parts.length)
      for (const [i, part] of parts.entries()) await part.start(hosts[i]!, abort)
    },
    async shutdown(abort) {
      const results = await Promise.allSettled(parts.map(part => part.shutdown(abort)))
      const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
      if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors)
    },
  }
}
