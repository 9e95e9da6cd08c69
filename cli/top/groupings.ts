/** Ways to tell rows apart, and what is inside what. */
import type { Dimension } from '../../stats/api/dimensions.ts'

interface Grouping {
  /** The key that chooses it. */
  readonly key: string
  readonly by: readonly Dimension[]
  readonly title: string
}

/** The first is the original's row, with the units of hosts, which the original left out. */
export const GROUPINGS: readonly Grouping[] = [
  {
    key: '1',
    by: ['syscall', 'errno', 'namespace', 'pod', 'container', 'unit'],
    title: 'calls with their errors, of containers and units',
  },
  { key: '2', by: ['namespace'], title: 'namespaces' },
  { key: '3', by: ['namespace', 'workload'], title: 'workloads' },
  { key: '4', by: ['namespace', 'pod'], title: 'pods' },
  { key: '5', by: ['namespace', 'pod', 'container'], title: 'containers' },
  { key: '6', by: ['unit'], title: 'systemd units of hosts' },
  { key: '7', by: ['syscall'], title: 'calls' },
  { key: '8', by: ['class', 'group'], title: 'classes and groups of calls' },
  { key: '9', by: ['errno', 'syscall'], title: 'errors' },
  { key: '0', by: ['node'], title: 'nodes' },
]

/** What a row is opened into: the next finer thing that `by` does not tell apart yet. */
const INSIDE: readonly (readonly Dimension[])[] = [
  ['node', 'namespace', 'workload', 'pod', 'container', 'syscall', 'errno'],
  ['revision', 'pod', 'container', 'syscall', 'errno'],
  ['unit', 'syscall', 'errno'],
  ['class', 'group', 'syscall', 'errno'],
  ['outcome', 'syscall', 'errno'],
]
/** Who makes the calls: what is left to ask of a call and an error. */
const WHO: readonly Dimension[] = ['namespace', 'pod', 'container', 'unit']

/** Undefined: there is nothing finer. `known`: what one value is given of already. */
export function finerThan(
  by: readonly Dimension[],
  known: ReadonlySet<Dimension>,
): readonly Dimension[] | undefined {
  const last = by.findLast(each => each !== 'errno') ?? by.at(-1)!
  const chain = INSIDE.find(each => each.includes(last))!
  const next = chain.slice(chain.indexOf(last) + 1).find(each => !known.has(each))
  if (next === 'syscall' || next === 'errno') return known.has('syscall') ? ['errno'] : ['syscall', 'errno']
  if (next !== undefined) return [next]
  const who = WHO.filter(each => !known.has(each))
  return who.length > 0 ? who : undefined
}
