/** How often each user may ask. */
import type { Clock } from '../../pipeline/clock.ts'

interface Bucket {
  tokens: number
  atMs: number
}

/** Users that are remembered; one who is forgotten has a full bucket again. */
const MAX_USERS = 1024
/** So many times as many as in a second, at once. */
const BURST = 2

export class RequestLimits {
  readonly #perSecond: number
  readonly #clock: Pick<Clock, 'monotonicMs'>
  /** In the order of their last request. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(perSecond: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.#perSecond = perSecond
    this.#clock = clock
  }

  /** Counts a request of the user. Returns 0, or how long the user has to wait. */
  take(user: string): number {
    const atMs = this.#clock.monotonicMs()
    const full = this.#perSecond * BURST
    const before = this.#buckets.get(user) ?? { tokens: full, atMs }
    const tokens = Math.min(full, before.tokens + ((atMs - before.atMs) * this.#perSecond) / 1000)
    const isEnough = tokens >= 1
    this.#buckets.delete(user)
    this.#buckets.set(user, { tokens: isEnough ? tokens - 1 : tokens, atMs })
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_USERS) break
      this.#buckets.delete(oldest)
    }
    return isEnough ? 0 : ((1 - tokens) * 1000) / this.#perSecond
  }
}
