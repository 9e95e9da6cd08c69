import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumer, Consumers, Create, Part, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { Instruments, type Put } from '../../pipeline/instruments.ts'
import type { Config } from './config.ts'
import { countLogs, countMetrics, countSpans } from './counting.ts'
import { type Definitions, toDefinitions } from './definitions.ts'
import { sendDeltas } from './deltas.ts'
import { RunningTotals } from './running-totals.ts'
import type { Tally } from './tally.ts'
import { timesOfLogs, timesOfMetrics, timesOfSpans } from './window.ts'

/** A way to count, and the times of what is counted. */
interface Counting<S extends Signal> {
  count(batch: Batches[S], definitions: Definitions): Tally[]
  times(batch: Batches[S]): Iterable<bigint>[]
}

const COUNTINGS: { readonly [S in Signal]: Counting<S> } = {
  traces: { count: countSpans, times: timesOfSpans },
  metrics: { count: countMetrics, times: timesOfMetrics },
  logs: { count: countLogs, times: timesOfLogs },
}

/** Counts what comes, of any signal, and gives metrics. The batches are not written to, and go nowhere. */
export function createCount(
  create: Create<Config>,
  { metrics }: Consumers,
  clock: Clock = systemClock,
): Part {
  if (!metrics) return { consumers: {}, async start() {}, async shutdown() {} }
  const { config } = create
  const definitions = toDefinitions(create)
  const scopeName = `swoll/connectors/${create.id}`
  const lose = lossesOf(create)
  if (config.aggregation_temporality === 'delta') {
    const send = sendDeltas({
      scopeName,
      limit: config.aggregation_cardinality_limit,
      next: metrics,
      lose,
      clock,
    })
    const consumers = consumersOf(async (counting, batch, abort) =>
      send(counting.count(batch, definitions), counting.times(batch), abort),
    )
    return { consumers, async start() {}, async shutdown() {} }
  }
  const totals = new RunningTotals(create, { scopeName, next: metrics, lose, clock })
  return {
    consumers: consumersOf(async (counting, batch) => totals.add(counting.count(batch, definitions))),
    start: () => totals.start(),
    shutdown: abort => totals.shutdown(abort),
  }
}

function consumersOf(
  take: (counting: Counting<never>, batch: never, abort: AbortSignal) => Promise<void>,
): Consumers {
  const consumerOf = <S extends Signal>(signal: S): Consumer<S> => ({
    mutates: false,
    consume: (batch, abort) => take(COUNTINGS[signal] as Counting<never>, batch as never, abort),
  })
  return { traces: consumerOf('traces'), metrics: consumerOf('metrics'), logs: consumerOf('logs') }
}

function lossesOf({ id, meter }: Create<Config>): Put {
  const dropped = new Instruments(meter, { connector: id }).counter(
    'connector_count_dropped_items',
    '{item}',
    'Items that no series counts, since there was no room for one more',
  )
  return items => dropped(items, { reason: 'series_limit' })
}
