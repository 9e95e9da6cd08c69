import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricColumn, MetricsBatch, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { compactBatch } from '../../pipeline/data/select-rows.ts'
import { Streams } from '../../pipeline/data/stream-key.ts'
import type { Config } from './config.ts'
import { createSelection, isTotal } from './selection.ts'
import { DeltaStream, type Dropped } from './stream.ts'
import { createTelemetry } from './telemetry.ts'

/** Makes deltas of cumulative sums and histograms, with a DeltaStream for each kind of table. The batch is not written to. */
export class CumulativeToDelta implements Component, Consumer<'metrics'> {
  readonly mutates = false
  readonly #next: Consumer<'metrics'>
  readonly #counters: ReturnType<typeof createTelemetry>
  readonly #streams: Streams<DeltaStream>
  #config: Config
  #isConverted: (metric: MetricColumn) => boolean
  readonly #beganUnixNano: bigint
  /** Of the last batch; before it, when this processor began. */
  #sinceUnixNano: bigint
  /** Scopes and names of the metrics that have come. */
  readonly #names = new Set<string>()

  constructor(
    create: Create<Config>,
    next: Consumer<'metrics'>,
    clock: Pick<Clock, 'unixNano'> = systemClock,
  ) {
    this.#next = next
    this.#config = create.config
    this.#isConverted = createSelection(create.config)
    this.#beganUnixNano = clock.unixNano()
    this.#sinceUnixNano = this.#beganUnixNano
    this.#streams = new Streams(
      (table, before) => new DeltaStream(this.#config, this.#freshFrom(table, before)),
    )
    const countSeries = () => this.#streams.all.reduce((sum, { size }) => sum + size, 0)
    this.#counters = createTelemetry(create.meter, create.id, countSeries)
  }

  async start(): Promise<void> {}

  async consume(batch: MetricsBatch, abort: AbortSignal): Promise<void> {
    const tables = batch.tables.flatMap(table => this.#convert(table, batch.resources))
    for (const table of batch.tables) this.#notice(table)
    await this.#next.consume(compactBatch({ ...batch, tables }), abort)
  }

  /** Series go on, whatever is chosen. */
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

  /** Since when series of the stream that begins with this table are new. */
  #freshFrom(table: MetricTable, before: DeltaStream | undefined): bigint {
    // Rows of another epoch have all begun anew, by whatever clock.
    if (before) return 0n
    // What came before in another stream, with fewer metrics for example, or as a total, has been sent.
    return namesOf(table).some(name => this.#names.has(name)) ? this.#sinceUnixNano : this.#beganUnixNano
  }

  #notice(table: MetricTable): void {
    for (const name of namesOf(table)) this.#names.add(name)
    if (table.timeUnixNano > this.#sinceUnixNano) this.#sinceUnixNano = table.timeUnixNano
  }

  #convert(table: MetricTable, resources: readonly Resource[]): MetricTable[] {
    if (!table.metrics.some(this.#isConverted)) return [table]
    const others = table.metrics.filter(metric => !this.#isConverted(metric))
    // What is not chosen is remembered too: another configuration then finds the same stream.
    const totals = { ...table, metrics: table.metrics.filter(isTotal) }
    const { deltas, dropped } = this.#streams.of(totals).process(totals, resources, this.#isConverted)
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

function namesOf({ scope, metrics }: MetricTable): string[] {
  return metrics.map(({ name }) => JSON.stringify([scope.name, name]))
}
