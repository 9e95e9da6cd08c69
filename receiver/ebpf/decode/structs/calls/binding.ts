/** Which argument of which call has which kind. Types and nothing else. */
import type { Kind } from '../../kind.ts'

/** Kinds of one call by the index of the argument; arguments that are not listed point at no struct. */
export type Bound = Readonly<Record<number, Kind>>

/** Calls by name. */
export type Bindings = Readonly<Record<string, Bound>>
