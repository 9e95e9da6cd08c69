/** Whether the process has started, lives and is ready. */
import type { Clock } from './clock.ts'

/** What must go on for ever, such as a loop. */
interface Work {
  readonly name: string
  /** `live`: without it the process should be started anew. `ready`: it waits for others, which a new start does not mend. */
  readonly for: 'live' | 'ready'
  readonly maxSilenceMs: number
}

/** One beat each time that the work has come round. */
export interface Heartbeat {
  beat(): void
  /** Safe twice. */
  stop(): void
}

export interface Check {
  readonly name: string
  /** Why it failed; undefined: it did not. */
  readonly problem: string | undefined
}

/** The checks of the process, as whoever is asked for them sees them. */
export interface HealthView {
  /** That somebody answers at all shows that the event loop goes on; the rest are the loops that must come round. */
  live(): readonly Check[]
  /** All has started, with whatever that waits for, nothing has begun to stop, and what was collected gets away. */
  ready(): readonly Check[]
  /** All has started, once. */
  started(): readonly Check[]
}

interface Expected {
  readonly work: Work
  lastMs: number
}

export class Health implements HealthView {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #expected = new Set<Expected>()
  state: 'starting' | 'running' | 'stopping' = 'starting'

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** What a host's `expectBeats` is. */
  readonly expectBeats = (work: Work): Heartbeat => {
    const expected: Expected = { work, lastMs: this.#clock.monotonicMs() }
    this.#expected.add(expected)
    return {
      beat: () => {
        expected.lastMs = this.#clock.monotonicMs()
      },
      stop: () => void this.#expected.delete(expected),
    }
  }

  live(): readonly Check[] {
    return [{ name: 'event loop', problem: undefined }, ...this.#checksFor('live')]
  }

  ready(): readonly Check[] {
    return [
      this.#components(this.state === 'running'),
      ...this.#checksFor('live'),
      ...this.#checksFor('ready'),
    ]
  }

  started(): readonly Check[] {
    return [this.#components(this.state !== 'starting')]
  }

  #components(isGood: boolean): Check {
    return { name: 'all components', problem: isGood ? undefined : `the process is ${this.state}` }
  }

  #checksFor(what: Work['for']): Check[] {
    const nowMs = this.#clock.monotonicMs()
    return [...this.#expected]
      .filter(({ work }) => work.for === what)
      .map(({ work: { name, maxSilenceMs }, lastMs }) => {
        const isLate = nowMs - lastMs > maxSilenceMs
        return { name, problem: isLate ? `none for ${Math.round((nowMs - lastMs) / 1000)} s` : undefined }
      })
  }
}
