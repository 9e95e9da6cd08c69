/** The health of the process: whether it has started, lives and is ready. */
import type { Clock } from './clock.ts'

/** Work that must go on for ever, such as a loop. */
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
  /** The reason why the check failed; undefined: it did not. */
  readonly problem: string | undefined
}

/** The checks of the process, as whoever is asked for them sees them. */
export interface HealthView {
  readonly state: 'starting' | 'running' | 'stopping'
  /** Checks the loops that must come round. The event loop goes on if anybody answers at all. */
  live(): readonly Check[]
  /** Checks that all has started, nothing has begun to stop, loops come round, and the pipelines take what is collected. */
  ready(): readonly Check[]
  /** Checks that all has started, whatever came later. */
  started(): readonly Check[]
}

export class Health implements HealthView {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #expected = new Set<Work & { lastMs: number }>()
  state: HealthView['state'] = 'starting'

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** The host's `expectBeats`. */
  readonly expectBeats = (work: Work): Heartbeat => {
    const expected = { ...work, lastMs: this.#clock.monotonicMs() }
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
      .filter(work => work.for === what)
      .map(({ name, maxSilenceMs, lastMs }) => {
        const isLate = nowMs - lastMs > maxSilenceMs
        return { name, problem: isLate ? `none for ${Math.round((nowMs - lastMs) / 1000)} s` : undefined }
      })
  }
}
