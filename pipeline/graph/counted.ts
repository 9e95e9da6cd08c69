/** Consumers that count what passes, for the agent's own metrics. The items are counted before the batch is given away. */
import type { Consumer, Refusal, Signal } from '../component.ts'
import type { Batches } from '../data/batches.ts'
import { countPoints, countRows } from '../data/items.ts'
import {
  type Count,
  createConnectorCounters,
  createExporterCounters,
  createProcessorCounters,
  createReceiverCounters,
} from '../item-counters.ts'
import type { Meter } from '../telemetry.ts'
import type { InternalTime } from './internal-time.ts'
import { type ComponentVertex, nameOfPipeline } from './layout.ts'
import type { Outlet } from './outlet.ts'

const COUNT_ITEMS: { readonly [S in Signal]: (batch: Batches[S]) => number } = {
  traces: countRows,
  metrics: countPoints,
  logs: countRows,
}

/** Spans, metric points or log records of a batch. */
export function countItems<S extends Signal>(signal: S, batch: Batches[S]): number {
  return COUNT_ITEMS[signal](batch)
}

/** A component whose data is counted. */
interface Counted {
  readonly meter: Meter
  readonly vertex: ComponentVertex
  readonly signal: Signal
  /** Of the component, whatever the signal. */
  readonly time: InternalTime
}

/** Counts what a component is given. Exporters: what they took and refused, unless they count themselves. */
export function countInput(own: Consumer<Signal>, about: Counted, countsItself = false): Consumer<Signal> {
  const { meter, vertex, signal } = about
  if (vertex.kind === 'exporters') {
    if (countsItself) return own
    const { sent, sendFailed } = createExporterCounters(meter, vertex.id, signal)
    return countOutcome(signal, own, { taken: sent, refused: sendFailed })
  }
  if (!vertex.pipeline) return countOffered(signal, own, connectorOf(about).consumed)
  const { incoming, duration } = processorOf(about)
  return countOffered(signal, about.time.within(own, duration), incoming)
}

/** Counts what a component gives. Receivers: what `next` took and refused, 0 from the first batch on, as in the Collector. */
export function countOutput(next: Consumer<Signal>, about: Counted): Consumer<Signal> {
  const { meter, vertex, signal } = about
  if (vertex.kind === 'receivers') {
    const counters = createReceiverCounters(meter, vertex.id, signal)
    const { accepted, refused } = counters
    const taken: Count = items => {
      accepted(items)
      refused(0)
      counters.failed(0)
    }
    return countOutcome(signal, next, { taken, refused })
  }
  if (!vertex.pipeline) return countOffered(signal, next, connectorOf(about).produced)
  return countOffered(signal, about.time.without(next), processorOf(about).outgoing)
}

/** Counts what a connector gives to some of its pipelines, under the names of their branches. */
export function countRouted(next: Outlet, about: Counted): NonNullable<Consumer<Signal>['route']> {
  const { produced } = connectorOf(about)
  return (batches, abort) => {
    const named = Array.from(batches, ([id, batch]) => [nameOfPipeline(id), batch] as const)
    for (const [, batch] of named) produced(countItems(about.signal, batch))
    return next.route(new Map(named), abort)
  }
}

function processorOf({ meter, vertex, signal }: Counted) {
  const labels = { processor: vertex.id, pipeline: vertex.pipeline!.id, signal }
  return createProcessorCounters(meter, labels)
}

function connectorOf({ meter, vertex, signal }: Counted) {
  return createConnectorCounters(meter, vertex.id, signal)
}

/** Counts what is offered to `next`. */
function countOffered<S extends Signal>(signal: S, next: Consumer<S>, offered: Count): Consumer<S> {
  return {
    mutates: next.mutates,
    consume(batch, abort) {
      offered(countItems(signal, batch))
      return next.consume(batch, abort)
    },
    refusal: () => countRefusal(next.refusal?.(), offered),
  }
}

/** Counts what `next` took and what it refused. */
function countOutcome<S extends Signal>(
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
    refusal: () => countRefusal(next.refusal?.(), counters.refused),
  }
}

function countRefusal(refusal: Refusal | undefined, count: Count): Refusal | undefined {
  if (!refusal) return undefined
  return {
    error: refusal.error,
    count: items => {
      count(items)
      refusal.count(items)
    },
  }
}
