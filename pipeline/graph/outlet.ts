import type { Consumer, Signal } from '../component.ts'
import type { Batches } from '../data/batches.ts'
import { copyBatch } from '../data/copy.ts'
import { settlesBefore } from '../deadline.ts'
import { PipelineError } from '../errors.ts'

/** A consumer that stays while what is behind it changes, between two batches. */
export class Outlet<S extends Signal = Signal> implements Consumer<S> {
  /** As the first target: whoever was told that nobody writes to its batches keeps them as they are. */
  readonly mutates: boolean
  #target: Consumer<S>
  #held: PromiseWithResolvers<void> | undefined

  constructor(target: Consumer<S>) {
    this.mutates = target.mutates
    this.#target = target
  }

  async consume(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const { promise } = this.#held ?? {}
    if (promise && !(await settlesBefore(promise, abort)))
      throw new PipelineError('PIPE_SHUTTING_DOWN', 'given up while components were exchanged', {
        retryable: true,
      })
    const target = this.#target
    await target.consume(target.mutates && !this.mutates ? copyBatch(batch) : batch, abort)
  }

  /** From now on batches wait, until `release`. */
  hold(): void {
    this.#held ??= Promise.withResolvers()
  }

  /** Lets what waits go on, in its order. */
  release(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  /** Sends batches that come or wait to `target` from now on. Batches that have been passed on stay where they are. */
  point(target: Consumer<S>): void {
    this.#target = target
  }
}
