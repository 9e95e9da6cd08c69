/** The times of collections, on a wall clock that may be set between two of them. */
import type { Clock } from '../../../pipeline/clock.ts'

interface CollectionTime {
  /** The time of the collection; never before that of the collection before. */
  readonly timeUnixNano: bigint
  /** The time of the collection before: rows that are new since then start there. */
  readonly sinceUnixNano: bigint
  /**
   * The clock was set back to before the last collection. This one still has the old time, since series cannot end before they start;
   * after it all of them begin anew, at this time.
   */
  readonly restartUnixNano: bigint | undefined
}

/** The clock was set, if it is so far from where it should be; less is left to slewing and rounding. */
const STEP_NS = 100_000_000n

export class CollectionTimes {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'unixNano'>
  #lastMs: number
  #lastUnixNano: bigint

  /** The first collection is the one after now. */
  constructor(clock: Pick<Clock, 'monotonicMs' | 'unixNano'>) {
    this.#clock = clock
    this.#lastMs = clock.monotonicMs()
    this.#lastUnixNano = clock.unixNano()
  }

  /** The wall clock at the last collection, or at the beginning. */
  get lastUnixNano(): bigint {
    return this.#lastUnixNano
  }

  /** Returns the times of a collection that is made now. */
  next(): CollectionTime {
    const nowMs = this.#clock.monotonicMs()
    const unixNano = this.#clock.unixNano()
    const elapsedNs = BigInt(Math.round((nowMs - this.#lastMs) * 1e6))
    const last = this.#lastUnixNano
    this.#lastMs = nowMs
    this.#lastUnixNano = unixNano
    if (unixNano < last)
      return { timeUnixNano: last + elapsedNs, sinceUnixNano: last, restartUnixNano: unixNano }
    const since = unixNano - elapsedNs
    const isSet = since - last > STEP_NS || last - since > STEP_NS
    return { timeUnixNano: unixNano, sinceUnixNano: isSet ? since : last, restartUnixNano: undefined }
  }
}
