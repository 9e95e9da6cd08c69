/** Waiting times between tries: longer each time, and never the same for all nodes of a cluster. */
interface BackoffOptions {
  readonly firstMs: number
  readonly maxMs: number
  /** Returns a number in [0, 1). */
  readonly random: () => number
}

export class Backoff {
  readonly #options: BackoffOptions
  #tries = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** Returns between half and all of a time that doubles up to the limit. */
  nextMs(): number {
    const { firstMs, maxMs, random } = this.#options
    const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.#tries++, 30))
    return fullMs * (0.5 + random() / 2)
  }

  reset(): void {
    this.#tries = 0
  }
}
