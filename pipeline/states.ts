/** The states of a component, as the Collector has them, and which may follow which. */
import type { Kind } from './kinds.ts'

/** A state that a component tells of itself. `recoverable`: it fails, and may work again by itself. `permanent`: it fails until it is replaced. */
export type Reported = 'ok' | 'recoverable' | 'permanent' | 'fatal'
export type State = 'starting' | Reported | 'stopping' | 'stopped'

export interface ComponentStatus {
  /** `kind::id`, for a processor with its pipeline: `processors::filter (metrics/app)`. */
  readonly component: string
  readonly kind: Kind
  readonly id: string
  /** The pipelines that it is in, by id; of an extension none. */
  readonly pipelines: readonly string[]
  readonly state: State
  readonly cause: Error | undefined
  /** Since when it is in this state. Nanoseconds since 1970. */
  readonly sinceUnixNano: bigint
}

/** The states of all components. */
export interface StatusView {
  /** Every component that is not gone, in the order of their start. One that takes the place of another is beside it for a while. */
  list(): readonly ComponentStatus[]
  /**
   * Calls `told`, which must not throw, with each state that a component enters, `ok` and `recoverable` also when it is told again, until the
   * function given back is called.
   */
  subscribe(told: (status: ComponentStatus) => void): () => void
}

/** Those of a process without a graph. */
export const NO_STATUSES: StatusView = { list: () => [], subscribe: () => () => {} }

/** The rules of `go.opentelemetry.io/collector/service`; there too a component that stops may fail, and is never fine again. */
const FOLLOWING: Readonly<Record<State, readonly State[]>> = {
  starting: ['ok', 'recoverable', 'permanent', 'fatal', 'stopping'],
  ok: ['ok', 'recoverable', 'permanent', 'fatal', 'stopping'],
  recoverable: ['recoverable', 'ok', 'permanent', 'fatal', 'stopping'],
  permanent: ['stopping'],
  fatal: [],
  stopping: ['recoverable', 'permanent', 'fatal', 'stopped'],
  stopped: [],
}

/** Whether a component may go from one state to the other. */
export function mayFollow(before: State, after: State): boolean {
  return FOLLOWING[before].includes(after)
}

const RANK: Readonly<Record<State, number>> = {
  starting: 0,
  ok: 0,
  stopping: 0,
  stopped: 0,
  recoverable: 1,
  permanent: 2,
  fatal: 3,
}

/** Whether the state is an error. */
export function isError(state: State): state is Exclude<Reported, 'ok'> {
  return RANK[state] > 0
}

/** The first of the worst; at least one must be given. */
export function worstOf<S extends { readonly state: State }>(all: readonly S[]): S {
  return all.reduce((a, b) => (RANK[b.state] > RANK[a.state] ? b : a))
}
