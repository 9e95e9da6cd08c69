/** The receiver's two parts: one counts for metrics pipelines, one traces for logs and traces pipelines; each only if it is wanted. */
import type { Component, Consumers, Create } from '../../pipeline/component.ts'
import { hostsOfParts } from '../../pipeline/host-parts.ts'
import type { EbpfConfig } from './config.ts'
import { EbpfReceiver } from './receiver.ts'

export function createParts(context: Create<EbpfConfig>, next: Consumers): Component {
  const parts: Component[] = []
  if (next.metrics) parts.push(new EbpfReceiver(context, next))
  if (next.logs || next.traces) parts.push(tracing(context, next))
  return parts.length === 1 ? parts[0]! : joined(parts)
}

/** Loaded when it starts: an agent that only counts goes without the tables of what calls take. */
function tracing(context: Create<EbpfConfig>, next: Consumers): Component {
  let part: Component | undefined
  return {
    async start(host, abort) {
      part = await createTracing(context, next)
      await part.start(host, abort)
    },
    async shutdown(abort) {
      await part?.shutdown(abort)
    },
  }
}

async function createTracing(context: Create<EbpfConfig>, next: Consumers): Promise<Component> {
  if (context.config.trace.replay === undefined) {
    const { EbpfTracer } = await import('./tracing/tracer.ts')
    return new EbpfTracer(context, next)
  }
  const { EbpfReplay } = await import('./tracing/replay.ts')
  return new EbpfReplay(context, next)
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
