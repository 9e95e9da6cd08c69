/** Time as components see it, so that tests can hold it still. */
import { type Cancel, startInterval, startTimeout } from './timers.ts'
import { createWallClock } from './wall-clock.ts'

export type { Cancel }

export interface Clock {
  /** Milliseconds that never go back; for durations. */
  monotonicMs(): number
  /** Wall-clock time, nanoseconds since 1970; for timestamps. Follows the system's clock, so it may jump, and go back. */
  unixNano(): bigint
  /** Runs once, `ms` from now. */
  after(ms: number, run: () => void): Cancel
  /** Runs every `ms`, first `ms` from now. */
  every(ms: number, run: () => void): Cancel
}

/** The real time. Its timers keep the process alive until cancelled. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  unixNano: createWallClock({
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    originMs: performance.timeOrigin,
  }),
  after: startTimeout,
  every: startInterval,
}
