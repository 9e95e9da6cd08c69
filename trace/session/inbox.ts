/** Holds what one subscription is to get: events that wait for it while others look, and its losses. */
import { headedRecordWords } from '../../kernel/trace-record.ts'
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import { copyEvents } from '../events/copy-events.ts'
import { EventList } from '../events/event-list.ts'
import { EventBatch, type LossReason } from '../events/events.ts'
import { Selection } from '../filters/selection.ts'
import { type Job, type JobSet, setOf } from '../requests/jobs.ts'
import type { Chosen } from './chosen.ts'
import { LossBook } from './losses.ts'
import { Pieces } from './pieces.ts'
import { RateLimit } from './rate-limit.ts'

/** How much of what a job wants its reader takes. */
export interface SubscriptionLimits {
  /** Calls in all; with the last of them it is over. Absent: any number. */
  readonly calls?: number | undefined
  /** It is over when so much time has passed. Absent: never. */
  readonly durationMs?: number | undefined
  /** Calls per second of one container; more are counted as lost. Absent or 0: any number. */
  readonly callsPerSecond?: number | undefined
  /** Most bytes of what waits for the reader while others look; more is counted as lost. */
  readonly queueBytes?: number | undefined
}

const QUEUE_BYTES = 16 * 2 ** 20

export class Inbox {
  readonly job: Job
  readonly jobs: JobSet
  readonly limits: SubscriptionLimits
  readonly #selection: Selection
  readonly #losses = new LossBook()
  readonly #rate: RateLimit
  readonly #timeUp = Promise.withResolvers<void>()
  #isTimeUp = false
  #cancel: Cancel = () => {}
  #queue = new EventList()
  /** Of the queue, and of the rest of a look if others have looked since. */
  #queuedBytes = 0
  readonly #pieces = new Pieces()

  /** Times of events begin at `baseNs` of CLOCK_MONOTONIC. */
  constructor(job: Job, limits: SubscriptionLimits, abis: readonly (Abi | undefined)[], baseNs: number) {
    this.job = job
    this.jobs = setOf(job)
    this.limits = limits
    this.#selection = new Selection(abis, { isWanted: job.spec.isWanted, calls: limits.calls })
    this.#rate = new RateLimit(limits.callsPerSecond ?? 0, baseNs)
  }

  /** Its time begins. */
  start(clock: Pick<Clock, 'after'>): void {
    if (this.limits.durationMs === undefined) return
    this.#cancel = clock.after(this.limits.durationMs, () => {
      this.#isTimeUp = true
      this.#timeUp.resolve()
    })
  }

  stop(): void {
    this.#cancel()
  }

  get isOver(): boolean {
    return this.#isTimeUp || this.#selection.isDone
  }

  get #isRateLimited(): boolean {
    return (this.limits.callsPerSecond ?? 0) > 0
  }

  get timeUp(): Promise<void> {
    return this.#timeUp.promise
  }

  lose(resource: Resource | undefined, reason: LossReason, events: number): void {
    this.#losses.add(resource, reason, events)
  }

  /** Keeps copies of those events that were chosen for it, as long as there is room. */
  keep(events: EventList, chosen: Chosen): void {
    if (this.#selection.isDone) return
    const picked = this.#pick(events, chosen)
    copyEvents(
      events,
      picked.filter(i => this.#hasRoom(events, i)),
      this.#queue,
    )
  }

  /** Whether something is left of what was given last: `more` gives it without another look. */
  get hasMore(): boolean {
    return this.#pieces.hasMore
  }

  /** The next piece of what was given last. */
  more(): EventBatch {
    return this.#pieces.next().withGaps(this.#losses.take())
  }

  /** To be called before each look: what is still to be given stays valid, as long as there is room. */
  keepRest(): void {
    this.#pieces.keep((events, i) => this.#hasRoom(events, i))
  }

  /**
   * Gives what was kept and, behind it, those events that were chosen for it, which are all if it is alone: the first piece of that, valid
   * until the next look of anybody.
   */
  give(events: EventList, chosen: Chosen, isAlone: boolean, unixOffsetNs: bigint): EventBatch {
    const isAll = isAlone && !this.#isRateLimited
    const picked = isAll ? chosen.index.subarray(0, chosen.length) : this.#pick(events, chosen)
    const hasQueue = this.#queue.length > 0
    if (hasQueue) copyEvents(events, picked, this.#queue)
    const batch = hasQueue
      ? EventBatch.ofAll(this.#queue, [], unixOffsetNs)
      : new EventBatch(events, picked, [], unixOffsetNs)
    this.#forgetQueue()
    this.#pieces.add(this.#selection.of(batch), !hasQueue)
    return this.more()
  }

  /** Forgets what was kept and lost. */
  clear(): void {
    this.#losses.take()
    this.#forgetQueue()
    this.#pieces.clear()
  }

  #forgetQueue(): void {
    this.#queue = new EventList()
    this.#queuedBytes = 0
  }

  /** Indexes of the events that are for this job, and within its rate. */
  #pick(events: EventList, { index, low, high, length }: Chosen): Uint32Array {
    const picked = new Uint32Array(length)
    let count = 0
    for (let n = 0; n < length; n++) {
      const i = index[n]!
      const isOurs = (low[n]! & this.jobs.low) | (high[n]! & this.jobs.high)
      if (isOurs && this.#isWithinRate(events, i)) picked[count++] = i
    }
    return picked.subarray(0, count)
  }

  #isWithinRate(events: EventList, i: number): boolean {
    if (!this.#isRateLimited || events.isEnd(i)) return true
    const { resource } = events.threadOf(i)
    if (this.#rate.take(resource, events.end[i]!)) return true
    this.lose(resource, 'rate_limited', 1)
    return false
  }

  #hasRoom(events: EventList, i: number): boolean {
    const bytes = 4 * headedRecordWords(events.wordsOf(i), events.at[i]!)
    if (this.#queuedBytes + bytes <= (this.limits.queueBytes ?? QUEUE_BYTES)) {
      this.#queuedBytes += bytes
      return true
    }
    this.lose(events.threadOf(i).resource, events.isEnd(i) ? 'thread_end' : 'output_full', 1)
    return false
  }
}
