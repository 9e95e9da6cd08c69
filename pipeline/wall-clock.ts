/** Wall-clock time finer than a millisecond that follows the system's clock when that is set, slewed or resumed. */

interface WallClockSources {
  /** The system's clock in whole milliseconds, rounded down. */
  readonly wallMs: () => number
  /** Milliseconds with a fraction that never go back. */
  readonly monotonicMs: () => number
  /** Wall-clock time at 0 of `monotonicMs`, as far as it is known at the start. */
  readonly originMs: number
}

/**
 * Gives nanoseconds since 1970, to the microsecond. What is added to the monotonic time is kept within the bounds that each
 * reading of the system's clock gives: it stays as it is while they agree, and moves as little as makes them agree.
 */
export function createWallClock({ wallMs, monotonicMs, originMs }: WallClockSources): () => bigint {
  let offsetMs = originMs
  return () => {
    const before = monotonicMs()
    const wall = wallMs()
    const now = monotonicMs()
    // `wall` was read between the two, and the clock stood below `wall` + 1 then.
    offsetMs = Math.min(Math.max(offsetMs, wall - now), wall + 1 - before)
    return BigInt(Math.round((offsetMs + now) * 1000)) * 1000n
  }
}
