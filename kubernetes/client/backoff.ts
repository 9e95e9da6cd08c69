/** How long to wait before the next try: longer each time, and never the same for all nodes of a cluster. */
interface BackoffOptions {
  readonly firstMs: number
  readonly maxMs: number
  /** In [0, 1). */
  readonly random: () => number
}

export class Backoff {
  readonly #options: BackoffOptions
  #tries = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** Doubles up to the limit; between half and all of that. */
  nextMs(): number {
    const { firstMs, maxMs, random } = this.#options
    const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.#tries++, 30))
    return fullMs * (0.5 + random() / 2)
  }

  reset(): void {
    this.#tries = 0
  }
}
