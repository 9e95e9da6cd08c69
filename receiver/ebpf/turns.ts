import type { Service } from '../../pipeline/services.ts'
import type { Counting } from './counting.ts'

/** A receiver's place among the instances of its id. */
export interface Turn {
  readonly counting: Counting
  /** Called when the instances before it have ended; it does not throw. */
  readonly begin: () => void
}

/** The instances of one receiver id. One at a time sends what was counted; a successor begins when the one before it has ended. */
export class Turns implements Service {
  readonly #turns: Turn[] = []

  /** Whose turn it is. */
  get current(): Turn | undefined {
    return this.#turns[0]
  }

  /** True: it is the first, and begins by itself. */
  join(turn: Turn): boolean {
    return this.#turns.push(turn) === 1
  }

  /** Whether it is this one that sends, and nobody goes on with its counting. */
  isLast(turn: Turn): boolean {
    return turn === this.#turns[0] && this.#turns[1]?.counting !== turn.counting
  }

  /** What was counted elsewhere up to now was sent by this one: who comes next begins at zero. */
  beginAnew({ counting }: Turn): void {
    const next = this.#turns[1]?.counting
    if (next !== counting) next?.guard(collector => collector.beginAnew())
  }

  end(turn: Turn): void {
    const at = this.#turns.indexOf(turn)
    this.#turns.splice(at, 1)
    if (at === 0) this.#turns[0]?.begin()
  }

  async close(): Promise<void> {}
}
