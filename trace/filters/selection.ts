/** Picks what one reader wants of batches: some calls, of some threads, and no more than so many. */
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch } from '../events/events.ts'
import type { CallTest } from './call-test.ts'
import type { ThreadTest } from './thread-test.ts'

interface SelectionOptions {
  /** Whether a call is wanted; absent: each is. */
  readonly isWanted?: CallTest | undefined
  /** Whether a thread is wanted, for its calls and its end; absent: each is. */
  readonly isThreadWanted?: ThreadTest | undefined
  /** Calls in all; absent: any number. */
  readonly calls?: number | undefined
}

export class Selection {
  readonly #options: SelectionOptions
  readonly #abis: readonly (Abi | undefined)[]
  #left: number

  /** `abis`: those of the machine that made the events. */
  constructor(abis: readonly (Abi | undefined)[], options: SelectionOptions) {
    this.#abis = abis
    this.#options = options
    this.#left = options.calls ?? Number.POSITIVE_INFINITY
  }

  /** Whether as many calls as were asked for have come. */
  get isDone(): boolean {
    return this.#left === 0
  }

  /** Returns the wanted part of a batch; to be asked once for each batch. */
  of(batch: EventBatch): EventBatch {
    const { isWanted, isThreadWanted } = this.#options
    if (!isWanted && !isThreadWanted && this.#left === Number.POSITIVE_INFINITY) return batch
    return batch.filter(this.#abis, (thread, call) => {
      if (this.#left === 0 || isThreadWanted?.(thread) === false) return false
      if (call === undefined) return true
      if (isWanted?.(call, thread) === false) return false
      if (!call.isInFlight) this.#left--
      return true
    })
  }
}
