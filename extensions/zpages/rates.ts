import type { Clock } from '../../pipeline/clock.ts'
import type { Measured } from '../../pipeline/inside.ts'
import { pause } from '../../pipeline/pause.ts'

/** Between the two looks of a rate. */
const LEAST_MS = 1000
const MOST_MS = 60_000

interface Look {
  readonly atMs: number
  readonly values: readonly Measured[]
}

/** Numbers of now, and of a while before. */
export interface Span {
  readonly seconds: number
  readonly before: readonly Measured[]
  readonly now: readonly Measured[]
}

/** Looks at numbers when somebody asks, and never else. */
export class Rates {
  readonly #measure: () => Promise<readonly Measured[]>
  readonly #clock: Clock
  #last: { readonly before: Look; readonly now: Look } | undefined
  #running: Promise<Span> | undefined

  constructor(measure: () => Promise<readonly Measured[]>, clock: Clock) {
    this.#measure = measure
    this.#clock = clock
  }

  /** Who asks within a second of another gets the same; who asks when nobody did for a minute waits a second for the second look. */
  read(): Promise<Span> {
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #read(): Promise<Span> {
    const ageMs = this.#last ? this.#clock.monotonicMs() - this.#last.now.atMs : Number.POSITIVE_INFINITY
    if (this.#last && ageMs < LEAST_MS) return toSpan(this.#last)
    let before = this.#last?.now
    if (!before || ageMs > MOST_MS) {
      before = await this.#look()
      await pause(this.#clock, LEAST_MS)
    }
    this.#last = { before, now: await this.#look() }
    return toSpan(this.#last)
  }

  async #look(): Promise<Look> {
    const atMs = this.#clock.monotonicMs()
    return { atMs, values: await this.#measure() }
  }
}

function toSpan({ before, now }: { readonly before: Look; readonly now: Look }): Span {
  return { seconds: (now.atMs - before.atMs) / 1000, before: before.values, now: now.values }
}
