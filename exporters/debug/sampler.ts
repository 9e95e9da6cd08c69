import type { Clock } from '../../pipeline/clock.ts'

/** Says of each event whether to let it through: the first `initial` of each second, then every `thereafter`-th (0: none). */
export function createSampler(clock: Clock, initial: number, thereafter: number): () => boolean {
  let second = Number.NaN
  let seen = 0
  return () => {
    const now = Math.floor(clock.monotonicMs() / 1000)
    if (now !== second) {
      second = now
      seen = 0
    }
    seen++
    if (seen <= initial) return true
    return thereafter > 0 && (seen - initial) % thereafter === 0
  }
}
