import { type Resource, toOwnResource } from '../../pipeline/data/resource.ts'
import { OVERFLOW_KEY } from '../../pipeline/data/series-index.ts'

/** The resource of the overflow of many resources; where they were seen is added. */
export const OVERFLOW_RESOURCE: Resource = { id: OVERFLOW_KEY, attributes: {} }

/** Owner number of the overflow series of all resources together. */
export const ALL = 0

/** One overflow series. Its owner's number is its slot in the running sums. */
export interface OverflowSeries {
  readonly owner: number
  readonly resource: Resource
  /** Unix ns, set with its first batch and constant from then on, lest a reader take it for a restart. */
  start: bigint | undefined
  /** Its resource is gone: this batch is its last. */
  isEnding: boolean
}

/** The overflow series of one stream. */
export class Overflow {
  readonly #byOwner = new Map<number, OverflowSeries>()

  /** Oldest first. */
  get series(): readonly OverflowSeries[] {
    return [...this.#byOwner.values()]
  }

  has(owner: number): boolean {
    return this.#byOwner.has(owner)
  }

  /** Opens the series of an owner, unless it is open. */
  open(owner: number, resource: Resource): void {
    if (this.has(owner)) return
    const own = owner === ALL ? toOwnResource(OVERFLOW_RESOURCE, 'overflow', resource.origin) : resource
    this.#byOwner.set(owner, { owner, resource: own, start: undefined, isEnding: false })
  }

  /** The resource of the owner is gone. */
  end(owner: number): void {
    const series = this.#byOwner.get(owner)
    if (series) series.isEnding = true
  }

  close(owner: number): void {
    this.#byOwner.delete(owner)
  }
}
