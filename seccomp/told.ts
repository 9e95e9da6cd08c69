/** What counters cannot tell. Types only. */
import type { SeenArgument } from './api/observation.ts'

/** What a trace can tell beside the counters, by id of the resource and `ABI NAME` of the call. */
export interface TraceTold {
  /** Calls of the runtime before the program. */
  setupOf(resourceId: string): ReadonlyMap<string, number> | undefined
  /** Values of arguments, and of how many calls they are. */
  argumentsOf(resourceId: string, key: string): readonly (SeenArgument & { readonly calls: number })[]
}
