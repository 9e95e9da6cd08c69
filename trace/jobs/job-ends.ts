/** When a job is over by itself: its duration, its lease. */
import type { Clock } from '../../pipeline/clock.ts'
import { durationOf } from '../api/fields.ts'
import type { EndReason, NewJob } from './job.ts'

const NS_PER_MS = 1e6

/** RFC 3339, to milliseconds. */
export function toTime(unixMs: number): string {
  return new Date(unixMs).toISOString()
}

export function unixMsOf(clock: Pick<Clock, 'unixNano'>): number {
  return Number(clock.unixNano()) / NS_PER_MS
}

export class JobEnds {
  readonly #clock: Clock
  /** Of the monotonic clock, as those who set the wall clock neither shorten nor lengthen a trace. */
  readonly #durationEndMs: number
  #leaseEndMs = Number.POSITIVE_INFINITY

  /** `leftMs`: of the duration, if some of it has passed already. */
  constructor(
    { spec, leaseMs }: Pick<NewJob, 'spec' | 'leaseMs'>,
    clock: Clock,
    leftMs = spec.duration === undefined ? Number.POSITIVE_INFINITY : durationOf(spec.duration),
  ) {
    this.#clock = clock
    this.#durationEndMs = clock.monotonicMs() + leftMs
    this.renew(leaseMs)
  }

  /** The lease begins anew; without one nothing changes. */
  renew(leaseMs: number | undefined): void {
    if (leaseMs !== undefined) this.#leaseEndMs = this.#clock.monotonicMs() + leaseMs
  }

  /** Why it is over by now; undefined: it is not. */
  get reason(): EndReason | undefined {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs >= this.#durationEndMs) return 'Duration'
    return nowMs >= this.#leaseEndMs ? 'LeaseExpired' : undefined
  }

  /** What is left of the duration; undefined: it has none. */
  get leftMs(): number | undefined {
    const leftMs = this.#durationEndMs - this.#clock.monotonicMs()
    return Number.isFinite(leftMs) ? Math.max(leftMs, 0) : undefined
  }

  /** Undefined: never by itself. */
  get unixMs(): number | undefined {
    const endMs = Math.min(this.#durationEndMs, this.#leaseEndMs)
    if (!Number.isFinite(endMs)) return undefined
    return unixMsOf(this.#clock) + endMs - this.#clock.monotonicMs()
  }
}
