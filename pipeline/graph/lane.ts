import type { Consumer, Signal } from '../component.ts'
import type { Batches } from '../data/batches.ts'
import { PipelineError } from '../errors.ts'

/** One of those that share the data of a fan-out. */
export interface Branch<S extends Signal> {
  /** For errors, logs and the drop counter, e.g. `exporters::otlp`. */
  readonly name: string
  readonly consumer: Consumer<S>
}

/** A branch, and the batches that it has not finished. */
export class Lane<S extends Signal> {
  readonly branch: Branch<S>
  readonly #unfinished = new Set<Promise<void>>()
  #isLagging = false

  constructor(branch: Branch<S>) {
    this.branch = branch
  }

  /** True from `fallBehind` until all that was under way is finished: nobody should wait for it. */
  get isLagging(): boolean {
    return this.#isLagging
  }

  get unfinished(): readonly Promise<void>[] {
    return [...this.#unfinished]
  }

  /** Marks the lane as lagging if it has work left. */
  fallBehind(): void {
    this.#isLagging = this.#unfinished.size > 0
  }

  /** Hands over the batch. The promise rejects with a PipelineError, whatever the consumer throws. */
  offer(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const work = this.#deliver(batch, abort).finally(() => {
      this.#unfinished.delete(work)
      if (this.#unfinished.size === 0) this.#isLagging = false
    })
    this.#unfinished.add(work)
    return work
  }

  /** Returns the error for a batch that finds the lane full. */
  refuse(): PipelineError {
    const message = `${this.branch.name}: must finish a batch before it takes more, got ${this.#unfinished.size} unfinished; the batch was dropped`
    return new PipelineError('PIPE_QUEUE_FULL', message, { retryable: true })
  }

  async #deliver(batch: Batches[S], abort: AbortSignal): Promise<void> {
    try {
      await this.branch.consumer.consume(batch, abort)
    } catch (cause) {
      if (cause instanceof PipelineError) throw cause
      const message = `${this.branch.name}: ${cause instanceof Error ? cause.message : cause}`
      throw new PipelineError('PIPE_REJECTED', message, { retryable: false, cause })
    }
  }
}
