/** Whose the data is, and what made it: the same for all signals. */
import type { Attributes } from './attributes.ts'

/** What produced the data: one container, one host unit. Equal `id` means the same resource in every batch. */
export interface Resource {
  readonly id: string
  readonly attributes: Attributes
}

/** Instrumentation scope (OTLP InstrumentationScope). */
export interface Scope {
  readonly name: string
  readonly version: string
}
