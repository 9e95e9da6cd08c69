/** States of components added up to those of pipelines, and of the process, by the rules of the Collector's `pkg/status`. */
import { KINDS } from '../../pipeline/kinds.ts'
import { type ComponentStatus, isError, type State } from '../../pipeline/states.ts'

/** `none`: there is nothing that has a state. */
export interface Summary {
  readonly state: State | 'none'
  readonly cause: Error | undefined
  readonly sinceUnixNano: bigint
  /** What it is made of, by `pipeline:id` or `kind:id`, sorted. */
  readonly parts: ReadonlyMap<string, Summary>
}

/** Which of two errors counts, where both are. */
type Priority = 'permanent' | 'recoverable'

/** The process, of pipelines and `extensions`, each of components. Of several instances of a component the last counts. */
export function summarize(statuses: readonly ComponentStatus[], priority: Priority): Summary {
  const groups = new Map<string, Map<string, Summary>>()
  for (const status of statuses)
    for (const group of groupsOf(status)) {
      const members = groups.get(group) ?? new Map<string, Summary>()
      groups.set(group, members.set(`${KINDS[status.kind].one}:${status.id}`, toLeaf(status)))
    }
  const parts = [...groups].map(([name, members]) => [name, combine(sorted(members), priority)] as const)
  return combine(sorted(new Map(parts)), priority)
}

function groupsOf({ kind, pipelines }: ComponentStatus): string[] {
  return kind === 'extensions' ? ['extensions'] : pipelines.map(id => `pipeline:${id}`)
}

function toLeaf({ state, cause, sinceUnixNano }: ComponentStatus): Summary {
  return { state, cause, sinceUnixNano, parts: new Map() }
}

function sorted<V>(map: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** An error is as old as the first of its kind, so that it can be seen how long it has gone on; anything else as the last. */
function combine(parts: ReadonlyMap<string, Summary>, priority: Priority): Summary {
  const all = [...parts.values()].sort((a, b) => (a.sinceUnixNano < b.sinceUnixNano ? -1 : 1))
  const state = stateOf(new Set(all.map(one => one.state)), priority)
  const last = all.at(-1)
  if (state === 'none' || !last) return { state: 'none', cause: undefined, sinceUnixNano: 0n, parts }
  const match = isError(state) ? all.find(one => one.state === state) : undefined
  const { cause, sinceUnixNano } = match ?? { cause: undefined, sinceUnixNano: last.sinceUnixNano }
  return { state, cause, sinceUnixNano, parts }
}

function stateOf(seen: ReadonlySet<Summary['state']>, priority: Priority): Summary['state'] {
  const [only] = seen
  if (only === undefined) return 'none'
  if (seen.size === 1) return only
  for (const state of ['fatal', 'starting', 'stopping'] as const) if (seen.has(state)) return state
  if (seen.has('stopped')) return 'stopping'
  const errors =
    priority === 'permanent'
      ? (['permanent', 'recoverable'] as const)
      : (['recoverable', 'permanent'] as const)
  return errors.find(state => seen.has(state)) ?? 'none'
}
