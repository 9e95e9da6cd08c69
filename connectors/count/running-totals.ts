import { onAbort } from '../../pipeline/abort.ts'
import type { Cancel } from '../../pipeline/clock.ts'
import type { Create } from '../../pipeline/component.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import { toBatch } from './batch.ts'
import type { Config } from './config.ts'
import type { CountTarget } from './deltas.ts'
import type { Tally } from './tally.ts'
import { Totals } from './totals.ts'

const LOG_EVERY_MS = 30_000

/**
 * Totals that grow, and go on every `metrics_flush_interval`, all of them, and once more at the end. A batch that is refused loses
 * nothing: the next one has the same series. One is under way at most.
 */
export class RunningTotals {
  readonly #config: Readonly<Config>
  readonly #target: CountTarget
  readonly #totals: Totals
  readonly #own: Instruments
  readonly #failures: LimitedLog
  /** Aborted at the deadline of the shutdown. */
  readonly #late = new AbortController()
  #stopTimer: Cancel | undefined
  /** Never rejects. */
  #sending: Promise<void> | undefined

  constructor({ id, config, log, meter }: Create<Config>, target: CountTarget) {
    this.#config = config
    this.#target = target
    this.#totals = new Totals(config.aggregation_cardinality_limit)
    this.#own = new Instruments(meter, { connector: id })
    this.#own.readGauge('connector_count_series', '{series}', 'Series that are kept', put =>
      put(this.#totals.count),
    )
    this.#failures = new LimitedLog(target.clock, LOG_EVERY_MS, (batches, { message: error }) =>
      log.warn({ error, batches }, 'The totals were not taken; the next batch has them again'),
    )
  }

  async start(): Promise<void> {
    const { clock } = this.#target
    this.#stopTimer = clock.every(this.#config.metrics_flush_interval, () => {
      this.#sending ??= this.#send().finally(() => {
        this.#sending = undefined
      })
    })
  }

  /** Sends what has been counted. */
  async shutdown(abort: AbortSignal): Promise<void> {
    this.#stopTimer?.()
    this.#own.close()
    using _ = onAbort(abort, () => this.#late.abort())
    await this.#sending
    await this.#send()
    this.#totals.clear()
    this.#failures.flush()
  }

  add(tallies: readonly Tally[]): void {
    const { clock, lose } = this.#target
    const now = { ms: clock.monotonicMs(), unixNano: clock.unixNano() }
    const lost = tallies.reduce((sum, tally) => sum + this.#totals.add(tally, now), 0)
    if (lost > 0) lose(lost)
  }

  async #send(): Promise<void> {
    const { scopeName, next, clock } = this.#target
    const endedMs = clock.monotonicMs() - this.#config.metrics_expiration
    const timeUnixNano = clock.unixNano()
    const batch = toBatch(this.#totals, { scopeName, temporality: 'cumulative', timeUnixNano, endedMs })
    const forgetEnded = this.#totals.noteIdle(endedMs, timeUnixNano)
    try {
      if (batch.tables.length > 0) await next.consume(batch, this.#late.signal)
      forgetEnded()
    } catch (error) {
      this.#failures.add(1, error as Error)
    }
  }
}
