/** One attribute value. OpenTelemetry's AnyValue, less bytes, arrays and maps, which no metric needs. */
export type AttributeValue = string | number | boolean

/** Attribute keys and values of a resource, a scope or a point. An absent attribute has no key. */
export type Attributes = Readonly<Record<string, AttributeValue>>
