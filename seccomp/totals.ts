/** Calls of several instances, by kind. */
import { KindTable } from './kind-table.ts'

interface Total {
  readonly calls: number
  readonly firstMs: number
  readonly lastMs: number
  /** Whether no instance made them later than at its start. */
  readonly atStart: boolean
}

const CALLS = 0
const FIRST_MS = 1
const LAST_MS = 2
const LATER = 3
const WIDTH = 4

export class Totals {
  readonly #table = new KindTable(WIDTH)

  get bytes(): number {
    return this.#table.bytes
  }

  add(kind: number, { calls, firstMs, lastMs, atStart }: Total): void {
    const found = this.#table.find(kind)
    const at = WIDTH * (found < 0 ? this.#table.place(kind) : found)
    const { values } = this.#table
    values[at + CALLS]! += calls
    values[at + FIRST_MS] = found < 0 ? firstMs : Math.min(values[at + FIRST_MS]!, firstMs)
    values[at + LAST_MS] = Math.max(values[at + LAST_MS]!, lastMs)
    if (!atStart) values[at + LATER] = 1
  }

  addAll(others: Totals): void {
    for (const [kind, total] of others.entries()) this.add(kind, total)
  }

  *entries(): IterableIterator<[kind: number, Total]> {
    const { values } = this.#table
    for (let place = 0; place < this.#table.size; place++) {
      const at = place * WIDTH
      yield [
        this.#table.kindAt(place),
        {
          calls: values[at + CALLS]!,
          firstMs: values[at + FIRST_MS]!,
          lastMs: values[at + LAST_MS]!,
          atStart: values[at + LATER] === 0,
        },
      ]
    }
  }
}
