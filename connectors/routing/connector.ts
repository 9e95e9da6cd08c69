import { Errors } from '../../ottl/error-mode.ts'
import type { Consumer, Consumers, Create, Part, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import type { Route } from './assign.ts'
import type { Config } from './config.ts'
import { signalOf, toTest } from './routes.ts'
import { departuresOf, type Routes, type Split, splitLogs, splitPoints, splitSpans } from './split.ts'

const ITEMS = {
  metrics: ['points', '{datapoint}', 'Points'],
  logs: ['records', '{record}', 'Log records'],
  traces: ['spans', '{span}', 'Spans'],
} as const

/** Gives each pipeline of `next` what the routes have for it. The batches are not written to, and nothing is held. */
export function createRouting(create: Create<Config>, next: Consumers): Part {
  const signal = signalOf(create.config.table[0]!.pipelines[0]!)!
  return {
    consumers: {
      ...(next.metrics && { metrics: routed(create, 'metrics', next.metrics, splitPoints) }),
      ...(next.logs && { logs: routed(create, 'logs', next.logs, splitLogs) }),
      ...(next.traces && { traces: routed(create, 'traces', next.traces, splitSpans) }),
    },
    async start() {
      for (const [i, { context }] of create.config.table.entries())
        if (context === 'request') create.log.warn({ route: i, signal }, NO_REQUESTS)
    },
    async shutdown() {},
  }
}

const NO_REQUESTS =
  'A route is about requests of clients, which no receiver here has: it takes nothing; route by the resource instead'

function routed<S extends Signal>(
  create: Create<Config>,
  signal: S,
  next: Consumer<S>,
  split: (batch: Batches[S], routes: Routes) => Split<Batches[S]>,
): Consumer<S> {
  const compiled = toRoutes(create, signal)
  const departures = signal === 'metrics' ? departuresOf(compiled) : undefined
  const routes = { ...compiled, ...(departures && { departures }) }
  const [items, unit, what] = ITEMS[signal]
  const dropped = new Instruments(create.meter, { connector: create.id }).counter(
    `connector_routing_dropped_${items}`,
    unit,
    `${what} that went to no pipeline`,
  )
  return {
    mutates: false,
    async consume(batch, abort) {
      const { batches, lost } = split(batch, routes)
      if (lost > 0) dropped(lost, { reason: 'no_route' })
      if (batches.size > 0) await next.route!(batches, abort)
    },
  }
}

function toRoutes(create: Create<Config>, signal: Signal): Routes {
  const { table, default_pipelines: otherwise, error_mode: mode } = create.config
  const errors = new Errors(create, 'connector_routing')
  const routes = table.flatMap((written): Route[] => {
    const condition = toTest(written, signal)
    if (!condition) return []
    const onError = errors.of(written.condition ?? written.statement!, mode)
    return [{ condition, onError, isMove: written.action === 'move', pipelines: written.pipelines }]
  })
  return { routes, otherwise }
}
