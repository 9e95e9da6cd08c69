import { type Resource, toOwnResource } from './resource.ts'

/** OpenTelemetry's mark of a series that took what was over a cardinality limit; its value is `true`. */
export const OVERFLOW_KEY = 'otel.metric.overflow'

/** The resource of the overflow of many resources; where they were seen is added. */
export const OVERFLOW_RESOURCE: Resource = { id: OVERFLOW_KEY, attributes: {} }

/** Returns the resource of the overflow of many resources, of which this is one. */
export function overflowOf({ origin }: Resource): Resource {
  return toOwnResource(OVERFLOW_RESOURCE, 'overflow', origin)
}
