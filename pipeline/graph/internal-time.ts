import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../clock.ts'
import type { Consumer, Signal } from '../component.ts'
import type { Put } from '../instruments.ts'

/** The time that a component takes for a batch itself: what passes between, in those that it gives to, is left out. */
export class InternalTime {
  readonly #clock: Clock
  readonly #calls = new AsyncLocalStorage<{ elsewhereMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Records, in seconds, each batch that `own` is given, also one that it refuses. */
  within<S extends Signal>(own: Consumer<S>, record: Put): Consumer<S> {
    return {
      mutates: own.mutates,
      consume: (batch, abort) => {
        const call = { elsewhereMs: 0 }
        const beganMs = this.#clock.monotonicMs()
        const done = () => {
          const tookMs = this.#clock.monotonicMs() - beganMs
          record(Math.max(0, tookMs - call.elsewhereMs) / 1000)
        }
        return this.#calls.run(call, () => own.consume(batch, abort)).finally(done)
      },
      refusal: () => own.refusal?.(),
    }
  }

  /** Takes the time in `next` off that of the batch whose handling called it. */
  without<S extends Signal>(next: Consumer<S>): Consumer<S> {
    return {
      mutates: next.mutates,
      consume: (batch, abort) => {
        const call = this.#calls.getStore()
        if (call === undefined) return next.consume(batch, abort)
        const beganMs = this.#clock.monotonicMs()
        return next.consume(batch, abort).finally(() => {
          call.elsewhereMs += this.#clock.monotonicMs() - beganMs
        })
      },
      refusal: () => next.refusal?.(),
    }
  }
}
