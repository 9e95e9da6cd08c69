import type { Clock } from '../../pipeline/clock.ts'
import { settled } from './consumers.ts'

export interface FakeClock extends Clock {
  /** Moves time on, running what falls due in its order, and lets promises settle after each. */
  advance(ms: number): Promise<void>
  /** Somebody sets the wall clock, by so much. */
  set(stepNs: bigint): void
  /** Timers that would still run. */
  pending(): number
}

interface Timer {
  dueMs: number
  readonly everyMs: number | undefined
  readonly run: () => void
}

/** A clock that stands still until `advance`. Starts at 0 ms, and at `unixNano` in wall-clock time. */
export function fakeClock(unixNano = 1_700_000_000_000_000_000n): FakeClock {
  const timers = new Set<Timer>()
  let nowMs = 0
  let startUnixNano = unixNano
  const add = (ms: number, everyMs: number | undefined, run: () => void) => {
    const timer = { dueMs: nowMs + ms, everyMs, run }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  const next = (untilMs: number) =>
    [...timers].filter(timer => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0]
  return {
    monotonicMs: () => nowMs,
    unixNano: () => startUnixNano + BigInt(Math.round(nowMs * 1e6)),
    after: (ms, run) => add(ms, undefined, run),
    every: (ms, run) => add(ms, ms, run),
    set(stepNs) {
      startUnixNano += stepNs
    },
    pending: () => timers.size,
    async advance(ms) {
      const untilMs = nowMs + ms
      for (let timer = next(untilMs); timer; timer = next(untilMs)) {
        nowMs = timer.dueMs
        if (timer.everyMs === undefined) timers.delete(timer)
        else timer.dueMs += timer.everyMs
        timer.run()
        await settled()
      }
      nowMs = untilMs
      await settled()
    },
  }
}
