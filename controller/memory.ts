/** The controller's memory of a Trace between two looks. Nothing is lost with it but time: all of it can be found out again. */
import type { TraceSpec } from '../trace/api/spec.ts'
import type { Agent } from './agents.ts'
import type { Trace } from './resource.ts'
import type { NodeStatus } from './status-fields.ts'

/** A job that an agent has been given. */
interface Held {
  readonly endpoint: string
  /** The generation of the Trace that the job was made from. */
  readonly generation: number
  readonly spec: TraceSpec
  /** When its lease began. */
  readonly putMs: number
}

export interface NodeMemory {
  held?: Held | undefined
  /** Not before. */
  nextMs: number
  failures: number
}

export interface TraceMemory {
  readonly uid: string
  readonly nodes: Map<string, NodeMemory>
  /** By the name of the node: as the next status has it. */
  statuses: Map<string, NodeStatus>
  /** The generation that the states of nodes in it are of. */
  generation: number
  /** The last write: what the watch tells is older as long as its version is still `before`. */
  written: { readonly before: string | undefined; readonly trace: Trace } | undefined
  /** When the first agent took it, milliseconds since 1970, as far as this process has seen it. */
  startedMs: number | undefined
  /** When the Job was last asked for. */
  readerMs: number
  /** The reason why the Job cannot be made, or shows nothing. */
  readerProblem: string | undefined
  /** Agents that have no job of it any more. */
  readonly cleaned: Set<string>
}

/** The memory of a Trace that this process sees for the first time. */
export function createMemory({ metadata, status }: Trace): TraceMemory {
  return {
    uid: metadata.uid,
    nodes: new Map(),
    statuses: new Map((status?.nodes ?? []).map(node => [node.node, node])),
    generation: status?.observedGeneration ?? 0,
    written: undefined,
    startedMs: undefined,
    readerMs: Number.NEGATIVE_INFINITY,
    readerProblem: undefined,
    cleaned: new Set(),
  }
}

export function nodeMemoryOf(memory: TraceMemory, { node }: Agent): NodeMemory {
  const known = memory.nodes.get(node)
  if (known) return known
  const created = { nextMs: Number.NEGATIVE_INFINITY, failures: 0 }
  memory.nodes.set(node, created)
  return created
}
