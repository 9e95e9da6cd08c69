/** Processors that send what steps make of each batch, which is not written to. They hold nothing back. */
import type { Component, Consumer, Create, Signal } from '../pipeline/component.ts'
import type { Batches } from '../pipeline/data/batches.ts'
import { logsThrough, spansThrough } from './events.ts'
import { MetricsTransformer } from './metrics.ts'
import type { Step } from './steps.ts'

/** One for each signal, for `perSignal`. Series that become alike are added up. `stepsOf` is asked once for each processor. */
export function byStep<C>(stepsOf: (create: Create<C>, signal: Signal) => readonly Step[]) {
  return {
    metrics(create: Create<C>, next: Consumer<'metrics'>) {
      const transformer = new MetricsTransformer(stepsOf(create, 'metrics'))
      return stateless(next, batch => transformer.transform(batch))
    },
    logs(create: Create<C>, next: Consumer<'logs'>) {
      return stateless(next, logsThrough(stepsOf(create, 'logs')))
    },
    traces(create: Create<C>, next: Consumer<'traces'>) {
      return stateless(next, spansThrough(stepsOf(create, 'traces')))
    },
  }
}

function stateless<S extends Signal>(
  next: Consumer<S>,
  change: (batch: Batches[S]) => Batches[S],
): Component & Consumer<S> {
  return {
    mutates: false,
    async start() {},
    async shutdown() {},
    consume: async (batch, abort) => next.consume(change(batch), abort),
  }
}
