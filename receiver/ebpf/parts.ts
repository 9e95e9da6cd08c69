/** The receiver's two parts: one counts for metrics pipelines, one traces for logs and traces pipelines; each only if it is wanted. */
import type { Component, Consumers, Create, Host } from '../../pipeline/component.ts'
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
      for (const [i, part] of parts.entries()) await part.start(hostOf(host, i), abort)
    },
    async shutdown(abort) {
      const results = await Promise.allSettled(parts.map(part => part.shutdown(abort)))
      const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
      if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors)
    },
  }
}

/** What one part is, the other does not take back: `ok` is said by the first alone. */
function hostOf(host: Host, part: number): Host {
  return {
    report: (status, cause) => {
      if (status !== 'ok' || part === 0) host.report(status, cause)
    },
    retain: (capabilities, why) => host.retain(capabilities, why),
  }
}
