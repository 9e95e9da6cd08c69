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

/** The overflow series of the owner of this resource, or of all. */
export function createOverflow(owner: number, given: Resource): OverflowSeries {
  const resource = owner === ALL ? toOwnResource(OVERFLOW_RESOURCE, 'overflow', given.origin) : given
  return { owner, resource, start: undefined, isEnding: false }
}
