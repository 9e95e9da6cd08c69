/** Leaves out lines of the log that repeat, as `service::telemetry::logs::sampling` asks. */
import type { Clock } from '../pipeline/clock.ts'

interface Sampling {
  readonly tickMs: number
  /** Lines of one kind that are written in each tick. */
  readonly initial: number
  /** After those, every so many-th; 0: none. */
  readonly thereafter: number
}

interface Kind {
  tickEndsMs: number
  /** Lines in this tick. */
  count: number
  /** Lines left out since one was written. */
  leftOut: number
}

/** Kinds that are remembered; a program has a few hundred messages. */
const MOST_KINDS = 4096

export class LogSampler {
  readonly #sampling: Sampling
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #kinds = new Map<string, Kind>()

  constructor(sampling: Sampling, clock: Pick<Clock, 'monotonicMs'>) {
    this.#sampling = sampling
    this.#clock = clock
  }

  /** Returns how many lines of this level and message were left out since the last one, if this one is to be written. */
  take(level: string, message: string): number | undefined {
    const kind = this.#kindOf(`${level} ${message}`)
    const nowMs = this.#clock.monotonicMs()
    if (nowMs >= kind.tickEndsMs) Object.assign(kind, { tickEndsMs: nowMs + this.#sampling.tickMs, count: 0 })
    const { initial, thereafter } = this.#sampling
    const beyond = ++kind.count - initial
    if (beyond > 0 && (thereafter === 0 || beyond % thereafter !== 0)) {
      kind.leftOut++
      return undefined
    }
    const { leftOut } = kind
    kind.leftOut = 0
    return leftOut
  }

  #kindOf(key: string): Kind {
    const known = this.#kinds.get(key)
    if (known) return known
    if (this.#kinds.size >= MOST_KINDS) this.#kinds.clear()
    const kind = { tickEndsMs: 0, count: 0, leftOut: 0 }
    this.#kinds.set(key, kind)
    return kind
  }
}
