/** The `batch` processor of each signal. */
import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import { selectLogRows, selectSpanRows } from '../../pipeline/data/select-events.ts'
import type { BatchConfig } from './config.ts'
import { Gatherer } from './gatherer.ts'

/** A batch of metrics is one collection, whole: two of them in one would have each series twice, and exporters cut it into requests. */
export function passMetrics(
  _: Create<BatchConfig>,
  next: Consumer<'metrics'>,
): Component & Consumer<'metrics'> {
  return {
    mutates: false,
    async start() {},
    async shutdown() {},
    consume: (batch, abort) => next.consume(batch, abort),
  }
}

export function batchLogs(create: Create<BatchConfig>, next: Consumer<'logs'>): Gatherer<'logs'> {
  return new Gatherer(create, next, { selectRows: selectLogRows })
}

export function batchSpans(create: Create<BatchConfig>, next: Consumer<'traces'>): Gatherer<'traces'> {
  return new Gatherer(create, next, { selectRows: selectSpanRows })
}
