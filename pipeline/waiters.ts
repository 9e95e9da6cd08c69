import { onAbort } from './abort.ts'

/** Calls that wait for the same thing to happen, each time it does. */
export class Waiters {
  readonly #wake: (() => void)[] = []

  /** Resolves at the next `wake`, or when `abort` fires. Which of them it was, the caller looks for. */
  async wait(abort?: AbortSignal): Promise<void> {
    if (abort?.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake.push(resolve)
    using _ = onAbort(abort, resolve)
    await promise
  }

  wake(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
