/** The counters of one container or unit, while it lives. */
import { START_MS } from './api/observation.ts'
import { KindTable } from './kind-table.ts'
import type { Totals } from './totals.ts'

/** What a counter has: calls in the batch that is being added, at the last look, and of series that have ended; when they came. */
const SUM = 0
const LAST = 1
const SETTLED = 2
const FIRST_MS = 3
const LAST_MS = 4
const WIDTH = 5

export class SeenInstance {
  readonly id: string
  readonly #beganMs: number
  readonly #most: number
  readonly #counters = new KindTable(WIDTH)

  /** `most`: kinds of calls that have a counter. */
  constructor(id: string, beganMs: number, most: number) {
    this.id = id
    this.#beganMs = beganMs
    this.#most = most
  }

  /** Adds a row of the batch. False: there is no room for the kind. */
  add(kind: number, calls: number): boolean {
    let place = this.#counters.find(kind)
    if (place < 0) {
      if (this.#counters.size >= this.#most) return false
      place = this.#counters.place(kind)
    }
    this.#counters.values[place * WIDTH + SUM]! += calls
    return true
  }

  /** All rows of the batch have been added. */
  settle(timeMs: number): void {
    const { values } = this.#counters
    const end = this.#counters.size * WIDTH
    for (let at = 0; at < end; at += WIDTH) {
      const sum = values[at + SUM]!
      const last = values[at + LAST]!
      values[at + SUM] = 0
      if (sum === 0 || sum === last) continue
      if (sum < last) values[at + SETTLED]! += last
      values[at + LAST] = sum
      values[at + FIRST_MS] ||= timeMs
      values[at + LAST_MS] = timeMs
    }
  }

  /** All series begin at 0 again. */
  beginAnew(): void {
    const { values } = this.#counters
    const end = this.#counters.size * WIDTH
    for (let at = 0; at < end; at += WIDTH) {
      values[at + SETTLED]! += values[at + LAST]!
      values[at + LAST] = 0
    }
  }

  addTo(totals: Totals): void {
    const { values } = this.#counters
    for (let place = 0; place < this.#counters.size; place++) {
      const at = place * WIDTH
      const lastMs = values[at + LAST_MS]!
      totals.add(this.#counters.kindAt(place), {
        calls: values[at + SETTLED]! + values[at + LAST]!,
        firstMs: values[at + FIRST_MS]!,
        lastMs,
        atStart: lastMs <= this.#beganMs + START_MS,
      })
    }
  }
}
