/** The `filter` processor of each signal. */
import { Errors } from '../../ottl/error-mode.ts'
import { logShape } from '../../ottl/log-shape.ts'
import { spanShape } from '../../ottl/span-shape.ts'
import type { WatchedCondition } from '../../ottl/steps.ts'
import { toConditions } from '../../ottl/written.ts'
import type { Component, Consumer, Create, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { countPoints, countRows } from '../../pipeline/data/items.ts'
import { selectLogRows, selectSpanRows } from '../../pipeline/data/select-events.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import type { Config } from './config.ts'
import { keepEvents } from './events.ts'
import { MetricsFilter } from './metrics.ts'

type Processor<S extends Signal> = Component & Consumer<S>

/** A point is dropped when any condition is true of it, of its metric or of its resource. The batch is not written to. */
export function filterMetrics(create: Create<Config>, next: Consumer<'metrics'>): Processor<'metrics'> {
  const { metrics, metric_conditions } = create.config
  const older =
    metrics &&
    ([
      ['resource', metrics.resource],
      ['metric', metrics.metric],
      ['datapoint', metrics.datapoint],
    ] as const)
  const filter = new MetricsFilter(conditionsOf(create, 'metrics', older ?? [], metric_conditions))
  return processor(create, next, { filter: batch => filter.keep(batch), count: countPoints, items: 'points' })
}

/** The same of log records. */
export function filterLogs(create: Create<Config>, next: Consumer<'logs'>): Processor<'logs'> {
  const { logs, log_conditions } = create.config
  const older =
    logs &&
    ([
      ['resource', logs.resource],
      ['log', logs.log_record],
    ] as const)
  const conditions = conditionsOf(create, 'logs', older ?? [], log_conditions)
  const filter = (batch: Batches['logs']) => keepEvents(batch, conditions, logShape, selectLogRows)
  return processor(create, next, { filter, count: countRows, items: 'records' })
}

/** The same of spans. */
export function filterSpans(create: Create<Config>, next: Consumer<'traces'>): Processor<'traces'> {
  const { traces, trace_conditions } = create.config
  const older =
    traces &&
    ([
      ['resource', traces.resource],
      ['span', traces.span],
    ] as const)
  const conditions = conditionsOf(create, 'traces', older ?? [], trace_conditions)
  const filter = (batch: Batches['traces']) => keepEvents(batch, conditions, spanShape, selectSpanRows)
  return processor(create, next, { filter, count: countRows, items: 'spans' })
}

type Older = readonly (readonly ['resource' | 'metric' | 'datapoint' | 'log' | 'span', readonly string[]])[]

function conditionsOf(
  create: Create<Config>,
  signal: Signal,
  older: Older,
  written: Config['metric_conditions'],
): WatchedCondition[] {
  const errors = new Errors(create, 'processor_filter')
  const groups = older.map(([context, conditions]) => ({ context, conditions }))
  return [...groups, ...written].flatMap(group =>
    toConditions([group], signal, create.config.error_mode, errors),
  )
}

const ITEMS = {
  points: ['{datapoint}', 'Points'],
  records: ['{record}', 'Log records'],
  spans: ['{span}', 'Spans'],
} as const

interface Filter<S extends Signal> {
  filter(batch: Batches[S]): Batches[S]
  count(batch: Batches[S]): number
  readonly items: keyof typeof ITEMS
}

function processor<S extends Signal>(
  { id, meter }: Create<Config>,
  next: Consumer<S>,
  { filter, count, items }: Filter<S>,
): Processor<S> {
  const [unit, what] = ITEMS[items]
  const dropped = new Instruments(meter, { processor: id }).counter(
    `processor_filter_filtered_${items}`,
    unit,
    `${what} for which a condition was true, and that were dropped`,
  )
  return {
    mutates: false,
    async start() {},
    async shutdown() {},
    async consume(batch, abort) {
      const kept = filter(batch)
      const lost = count(batch) - count(kept)
      if (lost > 0) dropped(lost)
      if (items === 'points' || kept.tables.length > 0) await next.consume(kept, abort)
    },
  }
}
