import type { Config } from './config.ts'

/** A collection frees enough if it leaves at least this share less, or brings memory below the soft limit. */
const ENOUGH = 0.05
/** A check may come a little early, since the collection before it took time. */
const SLACK = 0.95

type Level = 'soft' | 'hard'
const LEVELS: readonly Level[] = ['soft', 'hard']

/**
 * When garbage may be collected again: no sooner than the minimum, and while collections free too little, after twice as long each time, up to
 * the maximum. One that frees enough, or memory that falls by itself, ends that.
 */
export class GcTurns {
  readonly #config: Config
  readonly #waitMs: Record<Level, number> = { soft: 0, hard: 0 }
  #lastMs: number
  #lastBytes = 0

  constructor(config: Config, nowMs: number) {
    this.#config = config
    this.#lastMs = nowMs
  }

  /** Whether it is time for a collection above this limit. */
  isTime(level: Level, nowMs: number): boolean {
    return nowMs - this.#lastMs > Math.max(this.#least(level), this.#waitMs[level])
  }

  /** Takes note of a measurement; `isAbove` the soft limit. `collectedMs`: when the collection before it ended. */
  note(bytes: number, isAbove: boolean, collectedMs?: number): void {
    const isEnough = !isAbove || bytes <= this.#lastBytes * (1 - ENOUGH)
    this.#lastBytes = bytes
    if (collectedMs !== undefined) this.#lastMs = collectedMs
    for (const level of LEVELS) {
      if (isEnough) this.#waitMs[level] = 0
      else if (collectedMs !== undefined) this.#waitMs[level] = this.#longer(level)
    }
  }

  #longer(level: Level): number {
    const least = this.#least(level)
    const most = this.#config[`max_gc_interval_when_${level}_limited`]
    if (most === 0) return least
    const now = Math.max(this.#waitMs[level], least, SLACK * this.#config.check_interval)
    return Math.min(2 * now, Math.max(most, least))
  }

  #least(level: Level): number {
    return this.#config[`min_gc_interval_when_${level}_limited`]
  }
}
