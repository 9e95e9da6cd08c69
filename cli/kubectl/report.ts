/** Words what is traced where, and how. */
import type { Reached } from '../../client/cluster/reach.ts'
import { WAYS } from '../../client/cluster/ways.ts'
import type { TraceSpec } from '../../trace/api/spec.ts'
import type { MatchedPods } from './matched-pods.ts'
import type { NamedTarget } from './target.ts'

/** Most nodes that are named. */
const NAMED = 8

interface What {
  readonly spec: TraceSpec
  readonly target: NamedTarget | undefined
  /** Undefined: all. */
  readonly namespace: string | undefined
  readonly matched: MatchedPods | undefined
}

/** `tracing execve, execveat of deploy/web in shop: 3 pods on 2 nodes, and those that come` */
export function describeWhat({ spec, target, namespace, matched }: What): string {
  const calls = spec.syscalls?.join(', ') === 'all' ? 'all calls' : (spec.syscalls?.join(', ') ?? 'calls')
  const whose = target === undefined ? 'pods' : `${target.kind}/${target.name}`
  const where = namespace === undefined ? 'in all namespaces' : `in ${namespace}`
  const count =
    matched &&
    `: ${some(matched.pods, 'pod')} on ${some(matched.nodes.size, 'node')} now, and those that come`
  return `tracing ${calls} of ${whose} ${where}${count ?? ''}`
}

/** `direct: node-1, node-2; port-forward: node-3` */
export function describeWays(reached: readonly Reached[]): string {
  return WAYS.flatMap(way => {
    const nodes = reached.filter(each => each.way === way).map(({ agent }) => agent.node)
    return nodes.length === 0 ? [] : [`${way}: ${list(nodes)}`]
  }).join('; ')
}

/** Nodes that run pods to be traced, and have no agent that does. */
export function nodesWithout(matched: MatchedPods | undefined, reached: readonly Reached[]): string[] {
  const have = new Set(reached.map(({ agent }) => agent.node))
  return [...(matched?.nodes ?? [])].filter(node => !have.has(node)).sort()
}

export function list(names: readonly string[]): string {
  if (names.length <= NAMED) return names.join(', ')
  return `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`
}

function some(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
