import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, ComponentId, Consumer, Create } from '../../pipeline/component.ts'
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import { Streams } from '../../pipeline/data/stream-key.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import type { Config } from './config.ts'
import { StreamLimiter } from './stream-limiter.ts'

/** Limits the series of each metric, with one StreamLimiter per kind of table. The batch is not written to. */
export class CardinalityLimit implements Component, Consumer<'metrics'> {
  readonly mutates = false
  readonly #limiters = new Streams<StreamLimiter>((table, before) => {
    if (before) this.#counters.series(-before.size)
    return new StreamLimiter(this.#config, table)
  })
  readonly #create: Create<Config>
  #config: Config
  readonly #next: Consumer<'metrics'>
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #counters: ReturnType<typeof createTelemetry>

  constructor(
    create: Create<Config>,
    next: Consumer<'metrics'>,
    clock: Pick<Clock, 'monotonicMs'> = systemClock,
  ) {
    this.#create = create
    this.#config = create.config
    this.#next = next
    this.#clock = clock
    this.#counters = createTelemetry(create.meter, create.id, () => this.#config.limit)
  }

  async start(): Promise<void> {}

  async consume(batch: MetricsBatch, abort: AbortSignal): Promise<void> {
    const resources = new ResourceList(batch.resources)
    const tables = batch.tables.flatMap(splitTemporality).map(table => this.#apply(table, resources))
    await this.#next.consume({ resources: resources.all, tables }, abort)
  }

  /** False: another action, which would have to count anew. */
  async update(config: Config): Promise<boolean> {
    if (config.action !== this.#config.action) return false
    this.#config = config
    for (const limiter of this.#limiters.all) limiter.update(config)
    return true
  }

  async shutdown(): Promise<void> {
    for (const limiter of this.#limiters.all) this.#counters.series(-limiter.size)
    this.#limiters.clear()
    this.#counters.close()
  }

  #apply(table: MetricTable, resources: ResourceList): MetricTable {
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
}

function createTelemetry(meter: Meter, processor: ComponentId, limit: () => number) {
  const own = new Instruments(meter, { processor })
  const name = (rest: string) => `processor_cardinality_limit_${rest}`
  own.readGauge(name('capacity'), '{series}', 'Series that `limit` has room for', put => put(limit()))
  return {
    close: () => own.close(),
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
