import type { Service } from '../../pipeline/services.ts'
import type { Counting } from './counting.ts'

/** A receiver's place among the instances of its id. */
export interface Turn {
  readonly counting: Counting
  /** Called when the instances before this one have ended. Does not throw. */
  readonly begin: () => void
}

/** The instances of one receiver id. One at a time sends what was counted; a successor begins when the one before it has ended. */
export class Turns implements Service {
  readonly #turns: Turn[] = []

  /** The turn that sends now. */
  get current(): Turn | undefined {
    return this.#turns[0]
  }

  /** Returns true if the turn is the first: then its receiver begins by itself. */
  join(turn: Turn): boolean {
    return this.#turns.push(turn) === 1
  }

  /** Whether this turn sends, and no successor goes on with its counting. */
  isLast(turn: Turn): boolean {
    return turn === this.#turns[0] && this.#turns[1]?.counting !== turn.counting
  }

  /** This one has sent all that was counted up to now: a successor that counts for itself begins at zero. */
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
