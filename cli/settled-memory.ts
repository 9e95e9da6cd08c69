import type { Cancel, Clock } from '../pipeline/clock.ts'

/** By then everything has run once after a start or a change: collections, exporters, a scrape. */
export const SETTLED_MS = 15_000

/** Gives memory back that only a start, or a change of the configuration, needs: once things have settled after the last of them. */
export class SettledMemory {
  readonly #clock: Pick<Clock, 'after'>
  readonly #release: () => void
  #cancel: Cancel = () => {}

  constructor(clock: Pick<Clock, 'after'>, release: () => void) {
    this.#clock = clock
    this.#release = release
  }

  /** A start or a change is over just now. */
  busy(): void {
    this.#cancel()
    this.#cancel = this.#clock.after(SETTLED_MS, this.#release)
  }

  stop(): void {
    this.#cancel()
  }
}
