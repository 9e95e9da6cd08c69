import type { Clock } from './clock.ts'

/**
 * Sums up what may go wrong many times a second, and writes at most one line per interval: the first at once, what
 * follows added up in the next line. `write` gets the sum since the last line, and the newest error.
 */
export class LimitedLog {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #everyMs: number
  readonly #write: (sum: number, error: Error) => void
  #nextMs = Number.NEGATIVE_INFINITY
  #sum = 0
  #error: Error | undefined

  constructor(
    clock: Pick<Clock, 'monotonicMs'>,
    everyMs: number,
    write: (sum: number, error: Error) => void,
  ) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#write = write
  }

  add(count: number, error: Error): void {
    this.#sum += count
    this.#error = error
    if (this.#clock.monotonicMs() >= this.#nextMs) this.flush()
  }

  /** Writes what is still held back, if anything. */
  flush(): void {
    if (this.#error === undefined) return
    this.#nextMs = this.#clock.monotonicMs() + this.#everyMs
    this.#write(this.#sum, this.#error)
    this.#sum = 0
    this.#error = undefined
  }
}
