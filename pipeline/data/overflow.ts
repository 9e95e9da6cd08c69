import { type Resource, toOwnResource } from './resource.ts'

/** OpenTelemetry's mark of a series that took what was over a cardinality limit; its value is `true`. */
export const OVERFLOW_KEY = 'otel.metric.overflow'

/** Whose series the overflow of many resources together is, but for where they were seen. */
export const OVERFLOW_RESOURCE: Resource = { id: OVERFLOW_KEY, attributes: {} }

/** That of many resources of which this is one. */
export function overflowOf({ origin }: Resource): Resource {
  return toOwnResource(OVERFLOW_RESOURCE, 'overflow', origin)
}
