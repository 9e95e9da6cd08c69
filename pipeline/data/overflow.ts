import type { Resource } from './metrics.ts'

/** OpenTelemetry's mark of a series that took what was over a cardinality limit; its value is `true`. */
export const OVERFLOW_KEY = 'otel.metric.overflow'

/** Whose series the overflow of many resources together is. */
export const OVERFLOW_RESOURCE: Resource = { id: OVERFLOW_KEY, attributes: {} }
