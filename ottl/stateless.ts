import type { Component, Consumer, Signal } from '../pipeline/component.ts'
import type { Batches } from '../pipeline/data/batches.ts'

/** A processor that sends what `change` makes of each batch, which that must not write to. It holds nothing back. */
export function stateless<S extends Signal>(
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
