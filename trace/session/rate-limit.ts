import type { Resource } from '../../pipeline/data/metrics.ts'

interface Second {
  second: number
  calls: number
}

/** Most calls per second of one container, as one reader has asked for it; the kernel side has a limit for all readers together. */
export class RateLimit {
  readonly #callsPerSecond: number
  readonly #byResource = new Map<string | undefined, Second>()

  constructor(callsPerSecond: number) {
    this.#callsPerSecond = callsPerSecond
  }

  /** Whether one more call, which ended at `endNs`, is within the limit. */
  take(resource: Resource | undefined, endNs: number): boolean {
    const second = Math.floor(endNs / 1e9)
    const known = this.#byResource.get(resource?.id)
    if (known?.second === second) return ++known.calls <= this.#callsPerSecond
    // Those that have been quiet since need not be remembered.
    if (this.#byResource.size >= 1024) this.#byResource.clear()
    this.#byResource.set(resource?.id, { second, calls: 1 })
    return true
  }
}
