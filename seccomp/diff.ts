/** What one observation has that another has not. */
import type { Subject } from './api/observation.ts'

export interface Change {
  readonly kind: 'new' | 'gone'
  readonly abi: string
  readonly name: string
  /** Calls where it was seen. */
  readonly calls: number
}

/** By name. Calls that are known to be the runtime's before the program are left out on both sides. */
export function diff(before: readonly Subject[], after: readonly Subject[]): Change[] {
  const old = countCalls(before)
  const now = countCalls(after)
  const only = (kind: Change['kind'], those: typeof old, others: typeof old): Change[] =>
    [...those].filter(([key]) => !others.has(key)).map(([, call]) => ({ kind, ...call }))
  return [...only('new', now, old), ...only('gone', old, now)].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function countCalls(subjects: readonly Subject[]) {
  const counts = new Map<string, { abi: string; name: string; calls: number }>()
  for (const { calls: all } of subjects)
    for (const { abi, name, calls, setup } of all) {
      if (calls <= setup) continue
      const key = `${abi} ${name}`
      const known = counts.get(key)
      counts.set(key, { abi, name, calls: (known?.calls ?? 0) + calls - setup })
    }
  return counts
}
