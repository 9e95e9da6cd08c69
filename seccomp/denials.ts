/** What an enforced profile denied. */
import type { Subject } from './api/observation.ts'

export interface Denial
  extends Pick<Subject, 'namespace' | 'workload' | 'revision' | 'pod' | 'container' | 'unit'> {
  readonly nodes: readonly string[]
  readonly abi: string
  readonly name: string
  /** '': the caller was killed, or told nothing. */
  readonly errno: string
  readonly calls: number
}

/** The most frequent first; nodes added up. */
export function denialsOf(subjects: readonly Subject[]): Denial[] {
  const found = new Map<string, { -readonly [K in keyof Denial]: Denial[K] } & { nodes: string[] }>()
  for (const { node, namespace, workload, revision, pod, container, unit, calls: all } of subjects)
    for (const { abi, name, denied } of all)
      for (const [errno, calls] of Object.entries(denied)) {
        const own = { namespace, workload, revision, pod, container, unit, abi, name, errno }
        const key = JSON.stringify(own)
        const known = found.get(key)
        if (known === undefined) found.set(key, { ...own, nodes: [node], calls })
        else {
          known.calls += calls
          if (!known.nodes.includes(node)) known.nodes.push(node)
        }
      }
  return [...found.values()].sort((a, b) => b.calls - a.calls)
}
