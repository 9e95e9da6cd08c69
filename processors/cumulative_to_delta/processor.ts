import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricColumn, MetricsBatch, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { compactBatch } from '../../pipeline/data/select-rows.ts'
import { Streams } from '../../pipeline/data/stream-key.ts'
import type { Config } from './config.ts'
import { createSelection } from './selection.ts'
import { DeltaStream, type Dropped } from './stream.ts'
import { createTelemetry } from './telemetry.ts'

/** Makes deltas of cumulative sums and histograms, with a DeltaStream for each kind of table. The batch is not written to. */
export class CumulativeToDelta implements Component, Consumer<'metrics'> {
  readonly mutates = false
  readonly #next: Consumer<'metrics'>
  readonly #clock: Pick<Clock, 'unixNano'>
  readonly #counters: ReturnType<typeof createTelemetry>
  readonly #streams: Streams<DeltaStream>
  #config: Config
  #isConverted: (metric: MetricColumn) => boolean
  /** Of the last batch; before it, when this processor began. What began before is not new. */
  #sinceUnixNano: bigint

  constructor(
    create: Create<Config>,
    next: Consumer<'metrics'>,
    clock: Pick<Clock, 'unixNano'> = systemClock,
  ) {
    this.#next = next
    this.#clock = clock
    this.#config = create.config
    this.#isConverted = createSelection(create.config)
    this.#sinceUnixNano = this.#clock.unixNano()
    // Rows of another epoch have all begun anew, by whatever clock.
    this.#streams = new Streams(
      (_, before) => new DeltaStream(this.#config, before ? 0n : this.#sinceUnixNano),
    )
    const countSeries = () => this.#streams.all.reduce((sum, { size }) => sum + size, 0)
    this.#counters = createTelemetry(create.meter, create.id, countSeries)
  }

  async start(): Promise<void> {}

  async consume(batch: MetricsBatch, abort: AbortSignal): Promise<void> {
    const tables = batch.tables.flatMap(table => this.#convert(table, batch.resources))
    for (const { timeUnixNano } of batch.tables)
      if (timeUnixNano > this.#sinceUnixNano) this.#sinceUnixNano = timeUnixNano
    await this.#next.consume(compactBatch({ ...batch, tables }), abort)
  }

  /** Series go on, whatever is chosen; a metric that is chosen from now on has its first value now. */
  async update(config: Config): Promise<boolean> {
    this.#config = config
    this.#isConverted = createSelection(config)
    for (const stream of this.#streams.all) stream.update(config)
    return true
  }

  async shutdown(): Promise<void> {
    this.#streams.clear()
    this.#counters.close()
  }

  #convert(table: MetricTable, resources: readonly Resource[]): MetricTable[] {
    const metrics = table.metrics.filter(this.#isConverted)
    if (metrics.length === 0) return [table]
    const others = table.metrics.filter(metric => !metrics.includes(metric))
    const given = { ...table, metrics }
    const { deltas, dropped } = this.#streams.of(given).process(given, resources)
    this.#count(deltas, dropped)
    return others.length > 0 ? [deltas, { ...table, metrics: others }] : [deltas]
  }

  #count(deltas: MetricTable, dropped: Dropped): void {
    for (const metric of deltas.metrics) {
      const about = { metric_type: metric.type }
      this.#counters.converted(
        countPoints({ resources: [], tables: [{ ...deltas, metrics: [metric] }] }),
        about,
      )
      for (const reason of ['initial', 'reset'] as const)
        if (dropped[reason] > 0) this.#counters.dropped(dropped[reason], { ...about, reason })
    }
  }
}
