import { KINDS } from '../kinds.ts'
import type { Plan, PlannedComponent, PlannedPipeline } from '../plan.ts'
import { type BuildOptions, ComponentNode } from './component-node.ts'
import { FanoutNode } from './fanout-node.ts'
import { type ComponentVertex, layoutOf, type Vertex } from './layout.ts'
import { createNode, extensionNode, extensionsIn, finderIn, type Node, type Nodes } from './nodes.ts'
import type { Outlet } from './outlet.ts'
import { isSameConfig } from './same-config.ts'
import type { StatusBoard } from './status-board.ts'

/** The keys of the components that a change has started, updated and stopped. */
export interface Applied {
  readonly started: readonly string[]
  /** Went on with a new configuration. */
  readonly updated: readonly string[]
  readonly stopped: readonly string[]
  /** Errors of components that did not stop in order. */
  readonly errors: readonly Error[]
}

/** The way from the nodes that run to those that a plan wants: `prepare`, then `commit` or `rollBack`. */
export class Change {
  readonly after = new Map<string, Node>()
  readonly #before: Nodes
  readonly #plan: Plan
  readonly #options: BuildOptions
  readonly #board: StatusBoard
  readonly #layout: readonly Vertex[]
  readonly #created: ComponentNode[] = []
  readonly #updated: { readonly node: ComponentNode; readonly before: PlannedComponent }[] = []
  readonly #held = new Set<Outlet>()

  constructor(before: Nodes, plan: Plan, options: BuildOptions, board: StatusBoard) {
    this.#before = before
    this.#plan = plan
    this.#options = options
    this.#board = board
    this.#layout = layoutOf(plan)
  }

  /** Creates and starts what is new, beside what runs, and updates what can be. Rejects with the first failure, or if `abort` comes. */
  async prepare(abort: AbortSignal): Promise<void> {
    const changed: ComponentNode[] = []
    for (const vertex of this.#layout) {
      const node = this.#before.get(vertex.key)
      if (node instanceof FanoutNode) this.after.set(node.key, node)
      else if (node && this.#keeps(node, vertex)) {
        this.after.set(node.key, node)
        if (!isSameConfig(node.planned.config, this.#plannedOf(node).config)) changed.push(node)
      } else this.#create(vertex)
    }
    for (const node of [...this.#created]) await this.#start(node, abort)
    for (const node of changed) {
      if (await this.#update(node, abort)) continue
      const vertex = this.#layout.find(({ key }) => key === node.key)!
      await this.#start(this.#create(vertex)!, abort)
    }
  }

  /**
   * Lets data take its new ways. What gives data and goes is stopped before, from the receivers on, while what would come to it waits:
   * so nothing that it holds comes after what is newer. What only takes data and goes is stopped last.
   */
  async commit(abort: AbortSignal): Promise<Applied> {
    const old = [...this.#before.values()].reverse().filter(node => node instanceof ComponentNode)
    const retired = old.filter(node => this.after.get(node.key) !== node)
    const errors: Error[] = []
    const stop = async (node: ComponentNode) => {
      await node.stop(abort).catch((error: Error) => errors.push(error))
      this.#board.forget(node.entry)
    }
    for (const node of retired.filter(gives)) {
      for (const outlet of this.#edgesInto(node.key)) this.#hold(outlet)
      await stop(node)
    }
    this.#connect()
    for (const node of retired.filter(one => !gives(one))) await stop(node)
    const keysOf = (nodes: readonly Node[]) => nodes.map(({ key }) => key)
    return {
      started: keysOf(this.#created),
      updated: keysOf(this.#updated.map(({ node }) => node)),
      stopped: keysOf(retired),
      errors,
    }
  }

  /** Undoes `prepare`; what new components have given meanwhile is delivered. Returns what did not go back in order. */
  async rollBack(abort: AbortSignal): Promise<readonly Error[]> {
    const errors: Error[] = []
    this.#release()
    for (const { node, before } of this.#updated.reverse()) {
      const isBack = await node.update(before, abort).catch(() => false)
      if (!isBack) errors.push(new Error(`${node.key}: goes on with the configuration that was refused`))
    }
    for (const node of this.#created.reverse()) {
      await node.stop(abort).catch((error: Error) => errors.push(error))
      this.#board.forget(node.entry)
    }
    return errors
  }

  #plannedOf({ vertex: { kind, id } }: ComponentNode): PlannedComponent {
    return this.#plan[kind].get(id)!
  }

  #keeps(node: ComponentNode, vertex: Vertex): boolean {
    if ('branches' in vertex || !canStay(node, vertex, this.#plan)) return false
    const next = this.#plannedOf(node)
    if (!this.#keepsExtensions(node, next)) return false
    const canUpdate = node.part.update !== undefined && node.part.offers === undefined
    return canUpdate || isSameConfig(node.planned.config, next.config)
  }

  /** Whether the component is to use the extensions that it uses now, and each of them stays. They come first in the layout. */
  #keepsExtensions(node: ComponentNode, next: PlannedComponent): boolean {
    const uses = node.usesOf(next)
    const stays = (id: string) => extensionNode(this.after, id) === extensionNode(this.#before, id)
    return isSameConfig(uses, node.usesOf(node.planned)) && uses.every(({ id }) => stays(id))
  }

  #start(node: ComponentNode, abort: AbortSignal): Promise<void> {
    return node.start(this.#board, extensionsIn(this.after), abort)
  }

  /** Creates one node, in the place of any other of its key. What it gives waits for `commit`. */
  #create(vertex: Vertex): ComponentNode | undefined {
    const node = createNode(vertex, this.#plan, this.#options, finderIn(this.after))
    this.after.set(vertex.key, node)
    if (node instanceof FanoutNode) return undefined
    for (const outlet of node.outlets.values()) this.#hold(outlet)
    this.#created.push(node)
    return node
  }

  /** False: the component is as it was, and must be replaced. */
  async #update(node: ComponentNode, abort: AbortSignal): Promise<boolean> {
    const before = node.planned
    if (!(await node.update(this.#plannedOf(node), abort))) return false
    this.#updated.push({ node, before })
    return true
  }

  /** The outlets that wait, so that nothing comes to this node; where a fan-out is to get other branches, those before it. */
  #edgesInto(key: string): Outlet[] {
    const staying = [...this.#before.values()].filter(node => this.after.get(node.key) === node)
    return staying.flatMap(node => {
      const edges = node.edges().filter(({ to }) => to === key)
      if (edges.length === 0 || this.#keepsBranches(node)) return edges.map(({ outlet }) => outlet)
      return this.#edgesInto(node.key)
    })
  }

  #keepsBranches(node: Node): boolean {
    if (node instanceof ComponentNode) return true
    const vertex = this.#layout.find(one => one.key === node.key)
    const names = vertex && 'branches' in vertex ? vertex.branches.map(({ name }) => name) : []
    return names.length === node.outlets.size && names.every(name => node.outlets.has(name))
  }

  #hold(outlet: Outlet): void {
    outlet.hold()
    this.#held.add(outlet)
  }

  #connect(): void {
    const find = finderIn(this.after)
    for (const vertex of this.#layout) {
      const node = this.after.get(vertex.key)!
      if ('branches' in vertex) (node as FanoutNode).connect(vertex, find)
      else (node as ComponentNode).connect(vertex, find)
    }
    this.#release()
  }

  #release(): void {
    for (const outlet of this.#held) outlet.release()
  }
}

function gives({ vertex: { kind } }: ComponentNode): boolean {
  return KINDS[kind].lists.some(list => list !== 'exporters')
}

/** Whether a component may be there in the next plan too: it is of the same type, and gives and takes in the same places. */
function canStay(node: ComponentNode, vertex: ComponentVertex, plan: Plan): boolean {
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
