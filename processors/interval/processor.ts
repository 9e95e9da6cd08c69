import { onAbort } from '../../pipeline/abort.ts'
import { type Cancel, type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricColumn, MetricsBatch } from '../../pipeline/data/metrics.ts'
import { compactBatch } from '../../pipeline/data/select-rows.ts'
import { Instruments, type Put } from '../../pipeline/instruments.ts'
import type { Config } from './config.ts'
import { Latest } from './latest.ts'

/** Rows that are held at most: with more than this all goes on at once. */
const MOST_ROWS = 1_000_000

/** Sends the latest value of each series every interval; what is not cumulative goes on as it comes. The batch is not written to. */
export class Interval implements Component, Consumer<'metrics'> {
  readonly mutates = false
  readonly #create: Create<Config>
  readonly #next: Consumer<'metrics'>
  readonly #clock: Clock
  readonly #failed: Put
  readonly #latest = new Latest()
  readonly #abort = new AbortController()
  #config: Config
  #stopTimer: Cancel = () => {}
  /** Never rejects. */
  #sending: Promise<void> | undefined

  constructor(create: Create<Config>, next: Consumer<'metrics'>, clock: Clock = systemClock) {
    this.#create = create
    this.#config = create.config
    this.#next = next
    this.#clock = clock
    this.#failed = new Instruments(create.meter, { processor: create.id }).counter(
      'processor_interval_failed_points',
      '{datapoint}',
      'Points of an interval that the next component did not take',
    )
  }

  async start(): Promise<void> {
    this.#startTimer()
  }

  async consume(batch: MetricsBatch, abort: AbortSignal): Promise<void> {
    const passed: MetricsBatch['tables'][number][] = []
    for (const table of batch.tables) {
      const held = table.metrics.filter(metric => this.#isHeld(metric))
      const others = table.metrics.filter(metric => !held.includes(metric))
      for (const metrics of apart(held)) this.#latest.add({ ...table, metrics }, batch.resources)
      if (others.length > 0) passed.push({ ...table, metrics: others })
    }
    if (this.#latest.rows > MOST_ROWS) await this.#send()
    if (passed.length > 0) await this.#next.consume(compactBatch({ ...batch, tables: passed }), abort)
  }

  /** The interval begins anew; what is held stays. */
  async update(config: Config): Promise<boolean> {
    this.#config = config
    this.#startTimer()
    return true
  }

  /** Sends what is held. */
  async shutdown(abort: AbortSignal): Promise<void> {
    this.#stopTimer()
    this.#stopTimer = () => {}
    using _ = onAbort(abort, () => this.#abort.abort())
    await this.#send()
  }

  #startTimer(): void {
    this.#stopTimer()
    this.#stopTimer = this.#clock.every(this.#config.interval, () => {
      // What comes while the last interval is on its way waits for the next.
      if (!this.#sending) void this.#send()
    })
  }

  #isHeld(metric: MetricColumn): boolean {
    if (metric.type === 'gauge') return !this.#config.pass_through.gauge
    return metric.temporality === 'cumulative' && (metric.type !== 'sum' || metric.monotonic)
  }

  async #send(): Promise<void> {
    await this.#sending
    const batch = this.#latest.take()
    if (batch.tables.length === 0) return
    const points = countPoints(batch)
    const sent = this.#next
      .consume(batch, this.#abort.signal)
      .catch((error: Error) => {
        this.#failed(points)
        this.#create.log.error({ error: error.message, points }, 'The values of an interval were not taken')
      })
      .finally(() => {
        if (this.#sending === sent) this.#sending = undefined
      })
    this.#sending = sent
    await sent
  }
}

/** Gauges, and what counts: what is beside one of them may be a delta another time. */
function apart(metrics: readonly MetricColumn[]): MetricColumn[][] {
  const gauges = metrics.filter(({ type }) => type === 'gauge')
  const counting = metrics.filter(({ type }) => type !== 'gauge')
  return [gauges, counting].filter(group => group.length > 0)
}
