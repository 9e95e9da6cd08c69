/** All that a graph is made of, and how its nodes find each other. */
import type { Host } from '../component.ts'
import type { Plan } from '../plan.ts'
import { type BuildOptions, ComponentNode, type Find } from './component-node.ts'
import { FanoutNode } from './fanout-node.ts'
import type { Vertex } from './layout.ts'

export type Node = ComponentNode | FanoutNode
/** By key, each after all that it gives to, and after the extensions. */
export type Nodes = ReadonlyMap<string, Node>

/** Returns what takes a signal at one of these nodes. */
export function finderIn(nodes: Nodes): Find {
  return (key, signal) => nodes.get(key)!.consumer(signal)
}

/** Returns what the extensions among these nodes offer. */
export function extensionsIn(nodes: Nodes): Host['extension'] {
  return (id, role) => {
    const node = extensionNode(nodes, id)
    const offered = node?.part.offers?.[role]
    if (offered === undefined) throw new Error(`extensions::${id}: must offer ${role}, and does not`)
    return offered
  }
}

/** The node of the extension with this id, if there is one. */
export function extensionNode(nodes: Nodes, id: string): ComponentNode | undefined {
  const node = nodes.get(`extensions::${id}`)
  return node instanceof ComponentNode ? node : undefined
}

/** Creates what this vertex is to be, with `find` for what it gives to. Throws SwollError COMPONENT_START_FAILED. */
export function createNode(vertex: Vertex, plan: Plan, options: BuildOptions, find: Find): Node {
  return 'branches' in vertex
    ? new FanoutNode(vertex, options, find)
    : new ComponentNode(vertex, plan, options, find)
}
