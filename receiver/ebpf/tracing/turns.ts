import type { Service } from '../../../pipeline/services.ts'
import type { TraceSession } from '../../../trace/session/session.ts'
import { TraceCounts } from './telemetry.ts'

/** An instance that waits for its turn. `before`: the session of the one that has just ended; undefined: there was none. */
export type Turn = (before: TraceSession | undefined) => void

/**
 * The tracing instances of one receiver id. One at a time sends; a successor, which subscribes before the one before it ends, goes on from
 * there, and with the same counts.
 */
export class TraceTurns implements Service {
  readonly counts = new TraceCounts()
  readonly #turns: Turn[] = []

  /** The turn begins at once if it is the only one. */
  join(turn: Turn): void {
    if (this.#turns.push(turn) === 1) turn(undefined)
  }

  /** To be called right after the last look of the instance. Returns whether it was its turn. */
  end(turn: Turn, session: TraceSession): boolean {
    const at = this.#turns.indexOf(turn)
    if (at >= 0) this.#turns.splice(at, 1)
    if (at === 0) this.#turns[0]?.(session)
    return at === 0
  }

  async close(): Promise<void> {}
}
