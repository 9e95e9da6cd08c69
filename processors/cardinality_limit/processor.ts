import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, ComponentId, Consumer, Create } from '../../pipeline/component.ts'
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import { Streams } from '../../pipeline/data/stream-key.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import type { Config } from './config.ts'
import { StreamLimiter } from './stream-limiter.ts'

/** Limits the series of each metric. The batch is not written to. */
export function createCardinalityLimit(
  create: Create<Config>,
  next: Consumer<'metrics'>,
  clock: Pick<Clock, 'monotonicMs'> = systemClock,
): Component & Consumer<'metrics'> & { update(config: Config): Promise<boolean> } {
  const limits = new Limits(create, clock)
  return {
    mutates: false,
    async start() {},
    async shutdown() {
      limits.clear()
    },
    update: async config => limits.update(config),
    async consume(batch, abort) {
      const resources = new ResourceList(batch.resources)
      const tables = batch.tables.flatMap(splitTemporality).map(table => limits.apply(table, resources))
      const out: MetricsBatch = { resources: resources.all, tables }
      await next.consume(out, abort)
    },
  }
}

/** Holds one StreamLimiter per kind of table, and counts what they do. */
class Limits {
  readonly #limiters = new Streams<StreamLimiter>((table, before) => {
    if (before) this.#counters.series(-before.size)
    return new StreamLimiter(this.#config, table)
  })
  readonly #create: Create<Config>
  #config: Config
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #counters: ReturnType<typeof createTelemetry>

  constructor(create: Create<Config>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#create = create
    this.#config = create.config
    this.#clock = clock
    this.#counters = createTelemetry(create.meter, create.id)
  }

  apply(table: MetricTable, resources: ResourceList): MetricTable {
    const { series, overflowed, expired } = this.#counters
    const limiter = this.#limiters.of(table)
    const before = { ...limiter.tally, size: limiter.size }
    const limited = limiter.process(table, resources, this.#clock.monotonicMs())
    const { folded } = limiter.tally
    series(limiter.size - before.size)
    overflowed((folded - before.folded) * table.metrics.length)
    expired(limiter.tally.expired - before.expired)
    if (before.folded === 0 && folded > 0) {
      const { limit } = this.#config
      this.#create.log.warn({ scope: table.scope.name, series: limiter.size, limit }, WARNING)
    }
    return limited
  }

  /** False: another action, which would have to count anew. */
  update(config: Config): boolean {
    if (config.action !== this.#config.action) return false
    this.#config = config
    for (const limiter of this.#limiters.all) limiter.update(config)
    return true
  }

  clear(): void {
    for (const limiter of this.#limiters.all) this.#counters.series(-limiter.size)
    this.#limiters.clear()
  }
}

function createTelemetry(meter: Meter, processor: ComponentId) {
  const own = new Instruments(meter, { processor })
  const name = (rest: string) => `processor_cardinality_limit_${rest}`
  return {
    series: own.upDownCounter(
      name('series'),
      '{series}',
      'Attribute sets known now, those folded into an overflow series included',
    ),
    overflowed: own.counter(
      name('overflowed_points'),
      '{datapoint}',
      'Points over a limit, folded into an overflow series or dropped',
    ),
    expired: own.counter(
      name('expired_series'),
      '{series}',
      'Series that ended because their value had not changed for max_stale',
    ),
  }
}

const WARNING = 'The cardinality limit is reached: new series go into otel.metric.overflow from now on'

/** Sums and histograms that are cumulative (with the gauges) apart from those that are deltas: they are limited differently. */
function splitTemporality(table: MetricTable): MetricTable[] {
  const isDelta = (metric: MetricTable['metrics'][number]) =>
    metric.type !== 'gauge' && metric.temporality === 'delta'
  const deltas = table.metrics.filter(isDelta)
  if (deltas.length === 0 || deltas.length === table.metrics.length) return [table]
  return [
    { ...table, metrics: table.metrics.filter(metric => !isDelta(metric)) },
    { ...table, metrics: deltas },
  ]
}
