import type { Consumer, Refusal, Signal } from '../component.ts'
import type { Batches } from '../data/batches.ts'
import { copyBatch } from '../data/copy.ts'
import { settlesBefore } from '../deadline.ts'
import { PipelineError } from '../errors.ts'

/** Where batches wait. Who comes when it is open waits for those who were there before. */
interface Gate {
  readonly opened: PromiseWithResolvers<void>
  waiting: number
  isOpen: boolean
}

/** A consumer that stays while what is behind it changes, between two batches. */
export class Outlet<S extends Signal = Signal> implements Consumer<S> {
  /** As the first target: whoever was told that nobody writes to its batches keeps them as they are. */
  readonly mutates: boolean
  #target: Consumer<S>
  #gate: Gate | undefined

  constructor(target: Consumer<S>) {
    this.mutates = target.mutates
    this.#target = target
  }

  consume(batch: Batches[S], abort: AbortSignal): Promise<void> {
    return this.#passInTurn(() => this.#pass(batch, abort), abort)
  }

  /** Only for a target that has it. */
  route(batches: ReadonlyMap<string, Batches[S]>, abort: AbortSignal): Promise<void> {
    return this.#passInTurn(() => this.#target.route!(batches, abort), abort)
  }

  /** While batches wait, nobody knows. */
  refusal(): Refusal | undefined {
    return this.#gate ? undefined : this.#target.refusal?.()
  }

  /** From now on batches wait, until `release`. */
  hold(): void {
    if (!this.#gate || this.#gate.isOpen)
      this.#gate = { opened: Promise.withResolvers(), waiting: 0, isOpen: false }
  }

  /** Lets what waits go on, in its order, and before what comes now. */
  release(): void {
    const gate = this.#gate
    if (!gate) return
    gate.isOpen = true
    gate.opened.resolve()
    if (gate.waiting === 0) this.#gate = undefined
  }

  /** Sends batches that come or wait to `target` from now on. Batches that have been passed on stay where they are. */
  point(target: Consumer<S>): void {
    this.#target = target
  }

  #passInTurn(pass: () => Promise<void>, abort: AbortSignal): Promise<void> {
    return this.#gate ? this.#passLater(this.#gate, pass, abort) : pass()
  }

  async #pass(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const target = this.#target
    await target.consume(target.mutates && !this.mutates ? copyBatch(batch) : batch, abort)
  }

  async #passLater(gate: Gate, pass: () => Promise<void>, abort: AbortSignal): Promise<void> {
    gate.waiting++
    const isOpen = await settlesBefore(gate.opened.promise, abort)
    const passed = isOpen ? pass() : Promise.reject(givenUp())
    if (--gate.waiting === 0 && gate.isOpen && this.#gate === gate) this.#gate = undefined
    await passed
  }
}

function givenUp(): PipelineError {
  const message = 'given up while components were exchanged'
  return new PipelineError('PIPE_SHUTTING_DOWN', message, { retryable: true })
}
