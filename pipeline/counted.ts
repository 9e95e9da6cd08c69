/** Consumers that count what passes, for the agent's own metrics. The items are counted before the batch is given away. */
import type { Consumer, Signal } from './component.ts'
import type { Batches } from './data/batches.ts'
import { countPoints, countRows } from './data/items.ts'
import type { Count } from './item-counters.ts'

const COUNT_ITEMS: { readonly [S in Signal]: (batch: Batches[S]) => number } = {
  traces: countRows,
  metrics: countPoints,
  logs: countRows,
}

/** Spans, metric points or log records of a batch. */
export function countItems<S extends Signal>(signal: S, batch: Batches[S]): number {
  return COUNT_ITEMS[signal](batch)
}

/** Counts what is offered to `next`. */
export function countOffered<S extends Signal>(signal: S, next: Consumer<S>, offered: Count): Consumer<S> {
  return {
    mutates: next.mutates,
    consume(batch, abort) {
      offered(countItems(signal, batch))
      return next.consume(batch, abort)
    },
  }
}

/** Counts what `next` took and what it refused. */
export function countOutcome<S extends Signal>(
  signal: S,
  next: Consumer<S>,
  counters: { readonly taken: Count; readonly refused: Count },
): Consumer<S> {
  return {
    mutates: next.mutates,
    async consume(batch, abort) {
      const items = countItems(signal, batch)
      try {
        await next.consume(batch, abort)
      } catch (error) {
        counters.refused(items)
        throw error
      }
      counters.taken(items)
    },
  }
}
