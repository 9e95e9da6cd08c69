import type { Plan, PlannedPipeline } from '../plan.ts'
import { type BuildOptions, ComponentNode, type Find } from './component-node.ts'
import { FanoutNode } from './fanout-node.ts'
import type { ComponentVertex, Vertex } from './layout.ts'

export type Node = ComponentNode | FanoutNode
/** By key, each after all that it gives to. */
export type Nodes = ReadonlyMap<string, Node>

/** Returns what takes a signal at one of these nodes. */
export function finderIn(nodes: Nodes): Find {
  return (key, signal) => nodes.get(key)!.consumer(signal)
}

/** Creates what this vertex is to be, with `find` for what it gives to. Throws SwollError COMPONENT_START_FAILED. */
export function createNode(vertex: Vertex, plan: Plan, options: BuildOptions, find: Find): Node {
  return 'branches' in vertex
    ? new FanoutNode(vertex, options, find)
    : new ComponentNode(vertex, plan, options, find)
}

/** Whether a component may be there in the next plan too: it is of the same type, and gives and takes in the same places. */
export function canStay(node: ComponentNode, vertex: ComponentVertex, plan: Plan): boolean {
  const { next, pipeline } = node.vertex
  const isSameType = plan[vertex.kind].get(vertex.id)!.type === node.planned.type
  const hasSameSignals = next.size === vertex.next.size && [...next.keys()].every(one => vertex.next.has(one))
  const isInOrder = !pipeline || !vertex.pipeline || keepsOrder(pipeline, vertex.pipeline)
  return isSameType && hasSameSignals && isInOrder
}

/** False: what is under way between two processors would miss one of them, or pass it twice. */
function keepsOrder(before: PlannedPipeline, after: PlannedPipeline): boolean {
  const common = after.processors.filter(id => before.processors.includes(id))
  return before.processors.filter(id => common.includes(id)).every((id, i) => id === common[i])
}
