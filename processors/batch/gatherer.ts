import { onAbort } from '../../pipeline/abort.ts'
import { type Cancel, type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumer, Create } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { countRows } from '../../pipeline/data/items.ts'
import {
  cutEvents,
  type EventBatchOf,
  type EventTable,
  mergeEvents,
} from '../../pipeline/data/merge-events.ts'
import { Instruments, type Put } from '../../pipeline/instruments.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import type { BatchConfig } from './config.ts'

type EventSignal = 'logs' | 'traces'
type Table<S extends EventSignal> = Batches[S]['tables'][number] & EventTable

interface GathererParts<S extends EventSignal> {
  readonly selectRows: (table: Table<S>, rows: Uint32Array) => Table<S>
  /** Tests replace it. */
  readonly clock?: Clock
}

const LOG_EVERY_MS = 30_000
/** The Collector's. */
const SIZES = [
  10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000,
  30_000, 50_000, 100_000,
]

/**
 * Holds log records or spans until there are enough, or the first of them has waited long enough. Whoever makes a batch full waits until
 * it is taken and gets the error if it is not. Nobody waits for what is sent in time, and so one of those is under way at most: what is held
 * is never much more than that one and another.
 */
export class Gatherer<S extends EventSignal> implements Component, Consumer<S> {
  readonly mutates = false
  readonly #config: Readonly<BatchConfig>
  readonly #next: Consumer<S>
  readonly #selectRows: GathererParts<S>['selectRows']
  readonly #clock: Clock
  readonly #byTimeout: Put
  readonly #bySize: Put
  readonly #sizes: Put
  readonly #failures: LimitedLog
  #held: Batches[S][] = []
  #rows = 0
  #stopTimer: Cancel | undefined
  /** Batches go on one after the other. Never rejects. */
  #sending: Promise<unknown> = Promise.resolve()
  /** What was sent because it was time, until it is taken. Never rejects. */
  #timely: Promise<void> | undefined
  /** Aborted at the deadline of the shutdown. */
  readonly #late = new AbortController()
  #isOpen = true

  constructor(
    { id, config, log, meter }: Create<BatchConfig>,
    next: Consumer<S>,
    { selectRows, clock = systemClock }: GathererParts<S>,
  ) {
    this.#config = config
    this.#next = next
    this.#selectRows = selectRows
    this.#clock = clock
    const own = new Instruments(meter, { processor: id })
    this.#byTimeout = own.counter(
      'processor_batch_timeout_trigger_send',
      '{time}',
      'Batches sent because of `timeout`',
    )
    this.#bySize = own.counter(
      'processor_batch_batch_size_trigger_send',
      '{time}',
      'Batches sent because of `send_batch_size`',
    )
    const description = 'Records or spans in the batches sent'
    this.#sizes = own.sizes('processor_batch_batch_send_size', '{unit}', description, SIZES)
    this.#failures = new LimitedLog(clock, LOG_EVERY_MS, (dropped_items, { message: error }) =>
      log.error({ error, dropped_items }, 'The next component took a batch not at all, data is lost'),
    )
  }

  async start(): Promise<void> {}

  /** Sends what is held. */
  async shutdown(abort: AbortSignal): Promise<void> {
    this.#isOpen = false
    using _ = onAbort(abort, () => this.#late.abort())
    await this.#send(abort).catch(() => {}) // behind all that is under way
    this.#failures.flush()
  }

  async consume(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const rows = countRows(batch)
    if (rows === 0) return
    this.#held.push(batch)
    this.#rows += rows
    const { timeout, send_batch_size: enough } = this.#config
    if (!this.#isOpen || timeout === 0) await this.#send(abort)
    else if (enough > 0 && this.#rows >= enough) {
      this.#bySize(1)
      await this.#send(abort)
    } else if (enough === 0 && this.#timely) await this.#timely
    else this.#startTimer()
  }

  #startTimer(): void {
    if (this.#timely || !this.#isOpen) return
    this.#stopTimer ??= this.#clock.after(this.#config.timeout, () => {
      this.#byTimeout(1)
      this.#timely = this.#send(this.#late.signal)
        .catch(() => {}) // it is logged
        .then(() => {
          this.#timely = undefined
          if (this.#held.length > 0) this.#startTimer()
        })
    })
  }

  /** Sends all that is held by now. Rejects with the first error; what comes behind it is sent all the same. */
  #send(abort: AbortSignal): Promise<void> {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    const held = this.#held
    this.#held = []
    this.#rows = 0
    const sent = this.#sending.then(() => this.#sendAll(held, abort))
    this.#sending = sent.catch(() => {})
    return sent
  }

  async #sendAll(held: readonly Batches[S][], abort: AbortSignal): Promise<void> {
    if (held.length === 0) return
    let failure: Error | undefined
    for (const batch of this.#cut(mergeEvents(held as readonly EventBatchOf<Table<S>>[])))
      await this.#sendOne(batch as unknown as Batches[S], abort).catch((error: Error) => {
        failure ??= error
      })
    if (failure) throw failure
  }

  async #sendOne(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const rows = countRows(batch) // before it is given away
    this.#sizes(rows)
    await this.#next.consume(batch, abort).catch((error: Error) => {
      this.#failures.add(rows, error)
      throw error
    })
  }

  #cut(batch: EventBatchOf<Table<S>>): Iterable<EventBatchOf<Table<S>>> {
    const { send_batch_max_size: most } = this.#config
    return most === 0 ? [batch] : cutEvents(batch, most, this.#selectRows)
  }
}
