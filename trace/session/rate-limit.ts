import type { Resource } from '../../pipeline/data/metrics.ts'

interface Second {
  second: number
  calls: number
}

/**
 * Most calls per second of one container, as one reader has asked for it. The kernel side has a limit for all readers together, of cgroups that it
 * knows, in the same seconds: what it lets pass for one reader alone passes here.
 */
export class RateLimit {
  readonly #callsPerSecond: number
  readonly #baseNs: number
  readonly #byResource = new Map<string | undefined, Second>()

  /** Seconds begin where CLOCK_MONOTONIC has them: times are later than its 0 by `baseNs`, or by so much more than whole seconds. */
  constructor(callsPerSecond: number, baseNs = 0) {
    this.#callsPerSecond = callsPerSecond
    this.#baseNs = baseNs
  }

  /** Whether one more call, which ended at `endNs`, is within the limit. */
  take(resource: Resource | undefined, endNs: number): boolean {
    const second = Math.floor((endNs + this.#baseNs) / 1e9)
    const known = this.#byResource.get(resource?.id)
    if (known?.second === second) return ++known.calls <= this.#callsPerSecond
    // Those that have been quiet since need not be remembered.
    if (this.#byResource.size >= 1024) this.#byResource.clear()
    this.#byResource.set(resource?.id, { second, calls: 1 })
    return true
  }
}
