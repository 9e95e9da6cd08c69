/** `sending_queue`: a bounded, ordered queue, in memory or on disk, between the pipeline and a sender that may be slow or down. */
import { type Cancel, type Clock, systemClock } from '../../pipeline/clock.ts'
import type { SendingQueueConfig } from '../../pipeline/config-exporter.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import { Waiters } from '../../pipeline/waiters.ts'

/** An element of the queue: the data of one consume call. */
export interface Entry {
  /** Points, spans or records in it that are neither sent nor lost. */
  readonly items: number
  /** Bytes it takes now, of memory unless `isStored`; may change while it waits. */
  readonly bytes: number
  /** Whether it survives the process: then what is unsent at the end is not lost. */
  readonly isStored?: boolean
  /** Called once there is room for it: the time to put it where it survives the process. */
  store?(): void
  /** Called when it has to wait: the time to give up memory. */
  rest?(): unknown
}

export interface SendSignals {
  /** Aborted: the process is stopping, make one attempt and no more. */
  readonly hurry: AbortSignal
  /** Aborted: the deadline has passed, stop at once. */
  readonly abort: AbortSignal
}

/** What is sent together. */
interface Gathering<T> {
  readonly sizeOf: (entry: T) => number
  /** Less than this waits for more, */
  readonly minSize: number
  /** for so long. */
  readonly longestMs: number
}

interface SendingQueueOptions<T extends Entry> {
  /** `max_bytes` bounds the memory whatever `sizer` counts. */
  readonly config: SendingQueueConfig & { readonly max_bytes: number }
  /** Absent: each entry is sent alone, at once. */
  readonly gathering?: Gathering<T> | undefined
  readonly clock?: Clock
  /** Sends them, retries included. Rejects with PipelineError when some of them is lost, having counted what. */
  readonly send: (entries: readonly T[], signals: SendSignals) => Promise<void>
  /** Called for each entry that `offer` turns away. */
  readonly onRefused: (entry: T, error: PipelineError) => void
  /** Called for each entry that is still unsent at the deadline of `shutdown`. */
  readonly onLost: (entry: T, error: PipelineError) => void
}

interface Place<T> {
  readonly entry: T
  readonly sinceMs: number
  readonly done: PromiseWithResolvers<void>
}

/**
 * Entries are sent in their order by `num_consumers` at a time, each of which takes one, or as many as `gathering` says. One counts as held until it is sent or lost. A single
 * entry larger than the queue is taken when the queue is empty: it could not be sent otherwise.
 */
export class SendingQueue<T extends Entry> {
  readonly #config: SendingQueueOptions<T>['config']
  readonly #options: SendingQueueOptions<T>
  #waiting: Place<T>[] = []
  readonly #clock: Clock
  readonly #active = new Set<readonly Place<T>[]>()
  #stopTimer: Cancel | undefined
  readonly #hurry = new AbortController()
  readonly #abort = new AbortController()
  /** Calls that wait for an entry to leave. */
  readonly #onLeave = new Waiters()

  constructor(options: SendingQueueOptions<T>) {
    this.#config = options.config
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** The size that `queue_size` limits, in the unit of `sizer`. */
  get size(): number {
    if (this.#config.sizer === 'requests') return this.#sum(() => 1)
    return this.#sum(entry => entry[this.#config.sizer as 'bytes' | 'items'])
  }

  get capacity(): number {
    return this.#config.queue_size
  }

  /** Entries that are being sent, those included that wait to be tried again. Those sent together count once. */
  get inFlight(): number {
    return this.#active.size
  }

  /** Memory held. */
  get bytes(): number {
    return this.#sum(({ isStored, bytes }) => (isStored ? 0 : bytes))
  }

  /**
   * Resolves when the queue owns the entry (with `wait_for_result`, or without a queue: when it is sent). Rejects with
   * PIPE_QUEUE_FULL or PIPE_SHUTTING_DOWN after `onRefused`, or, if it waits for the result, with what `send` rejects with.
   */
  async offer(entry: T, abort: AbortSignal): Promise<void> {
    const { enabled, wait_for_result: isAwaited } = this.#config
    const { done } = await this.#admit(entry, abort).catch((error: PipelineError) => {
      this.#options.onRefused(entry, error)
      throw error
    })
    if (isAwaited || !enabled) await done.promise
  }

  /** Puts entries that survived another process in front, in their order, whatever room there is. */
  restore(entries: readonly T[]): void {
    this.#waiting = [...entries.map(entry => this.#placeOf(entry)), ...this.#waiting]
    this.#fill()
  }

  /**
   * Takes no more, makes one attempt at everything held, and gives up what is left when `abort` fires. What is stored stays where it is: of
   * that only what is being sent is attempted.
   */
  async shutdown(abort: AbortSignal): Promise<void> {
    this.#hurry.abort()
    this.#waiting = this.#waiting.filter(({ entry }) => !entry.isStored)
    this.#fill()
    this.#onLeave.wake()
    while (this.#waiting.length + this.#active.size > 0 && !abort.aborted) await this.#onLeave.wait(abort)
    this.#abort.abort()
    for (const { entry, done } of this.#waiting.splice(0)) {
      const error = closed()
      this.#options.onLost(entry, error)
      done.reject(error)
    }
    while (this.#active.size > 0) await this.#onLeave.wait()
  }

  #placeOf(entry: T): Place<T> {
    const place = { entry, done: Promise.withResolvers<void>(), sinceMs: this.#clock.monotonicMs() }
    place.done.promise.catch(() => {}) // the sender has counted it; most callers do not wait
    return place
  }

  #sum(measure: (entry: T) => number): number {
    let sum = 0
    for (const group of this.#active) for (const place of group) sum += measure(place.entry)
    for (const place of this.#waiting) sum += measure(place.entry)
    return sum
  }

  /** Takes the entry when there is room: at once, unless `block_on_overflow`. Nothing else is taken between the look and the taking. */
  async #admit(entry: T, abort: AbortSignal): Promise<Place<T>> {
    for (;;) {
      if (this.#hurry.signal.aborted) throw closed()
      const full = this.#config.enabled ? this.#whyFull(entry) : undefined
      if (full === undefined) return this.#take(entry)
      if (!this.#config.block_on_overflow || abort.aborted)
        throw new PipelineError('PIPE_QUEUE_FULL', `sending_queue: ${full}`, { retryable: true })
      await this.#onLeave.wait(abort)
    }
  }

  #take(entry: T): Place<T> {
    const { enabled, num_consumers: most } = this.#config
    entry.store?.()
    const place = this.#placeOf(entry)
    if (enabled) {
      this.#waiting.push(place)
      this.#fill()
      if (this.#active.size >= most && this.#waiting.at(-1) === place) entry.rest?.()
    } else void this.#run([place])
    return place
  }

  #whyFull(entry: T): string | undefined {
    const { sizer, queue_size: most, max_bytes: mostBytes } = this.#config
    if (this.#waiting.length + this.#active.size === 0) return undefined
    const size = this.size + (sizer === 'requests' ? 1 : entry[sizer])
    if (size > most) return `must hold at most ${most} ${sizer} (queue_size), got ${size}`
    const bytes = this.bytes + entry.bytes
    return bytes > mostBytes ? `must hold at most ${mostBytes} bytes (max_bytes), got ${bytes}` : undefined
  }

  #fill(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    while (this.#active.size < this.#config.num_consumers && this.#waiting.length > 0) {
      const entries = this.#countReady()
      if (entries === 0) return
      void this.#run(this.#waiting.splice(0, entries))
    }
  }

  /** How many of those in front are to be sent together now. 0: there must be more of them first, or their time be up. */
  #countReady(): number {
    const { gathering } = this.#options
    if (gathering === undefined) return 1
    let size = 0
    for (const [i, { entry }] of this.#waiting.entries()) {
      size += gathering.sizeOf(entry)
      if (size >= gathering.minSize) return i + 1
    }
    const leftMs = this.#waiting[0]!.sinceMs + gathering.longestMs - this.#clock.monotonicMs()
    if (leftMs <= 0 || this.#hurry.signal.aborted) return this.#waiting.length
    this.#stopTimer = this.#clock.after(leftMs, () => this.#fill())
    return 0
  }

  async #run(group: readonly Place<T>[]): Promise<void> {
    this.#active.add(group)
    try {
      const signals = { hurry: this.#hurry.signal, abort: this.#abort.signal }
      await this.#options.send(
        group.map(({ entry }) => entry),
        signals,
      )
      for (const { done } of group) done.resolve()
    } catch (error) {
      for (const { done } of group) done.reject(error)
    } finally {
      this.#active.delete(group)
      this.#fill()
      this.#onLeave.wake()
    }
  }
}

function closed(): PipelineError {
  const message = 'sending_queue: takes no more data, the process is stopping'
  return new PipelineError('PIPE_SHUTTING_DOWN', message, { retryable: false })
}
