/** Resources and instrumentation scopes: the same for all signals. */
import type { Attributes } from './attributes.ts'

/** The producer of data: one container, one host unit. Equal `id` means the same resource in every batch. */
export interface Resource {
  readonly id: string
  readonly attributes: Attributes
  /**
   * Where it was seen: attributes that all resources of one receiver have, the same object for all; they are among its own, unless the
   * resource says otherwise of itself. Absent: nobody asked.
   */
  readonly origin?: Attributes
}

/** `service.name` of what has no name that anybody knows: as in OpenTelemetry's specification of resources. */
export const UNKNOWN_SERVICE = 'unknown_service'

/**
 * Returns a resource that was not seen itself: sums of folded or nameless series. As a service it is a part of swoll,
 * on the host of `origin`.
 */
export function toOwnResource(
  { id, attributes }: Resource,
  name: string,
  origin: Attributes | undefined,
): Resource {
  if (!origin) return { id, attributes }
  const service = { 'service.namespace': 'swoll', 'service.name': name }
  return { id, attributes: { ...origin, ...service, ...attributes }, origin }
}

/** Instrumentation scope (OTLP InstrumentationScope). */
export interface Scope {
  readonly name: string
  readonly version: string
}
