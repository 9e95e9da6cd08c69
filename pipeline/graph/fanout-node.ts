import type { Signal } from '../component.ts'
import { createFanoutCounter } from '../item-counters.ts'
import type { BuildOptions, Edge, Find } from './component-node.ts'
import { countItems } from './counted.ts'
import { Fanout } from './fanout.ts'
import type { FanoutVertex } from './layout.ts'
import { Outlet } from './outlet.ts'

/** A fan-out, and an outlet for each of its branches. */
export class FanoutNode {
  vertex: FanoutVertex
  /** By the name of the branch. */
  readonly outlets = new Map<string, Outlet>()
  readonly #fanout: Fanout<Signal>

  constructor(vertex: FanoutVertex, { log, meter, clock }: BuildOptions, find: Find) {
    const { signal, isEntry } = vertex
    const count = createFanoutCounter(meter, signal)
    this.vertex = vertex
    this.#fanout = new Fanout({
      log,
      onDrop: (name, batch) => count(name, countItems(signal, batch)),
      // A lone pipeline has its bounds where it fans out to exporters: one here would hold back the healthy ones.
      isBoundedAlone: !isEntry,
      ...(clock && { clock }),
    })
    this.connect(vertex, find)
  }

  get key(): string {
    return this.vertex.key
  }

  consumer(): Fanout<Signal> {
    return this.#fanout
  }

  /** Makes the branches those of `vertex`. What a branch that stays has under way stays its own. */
  connect(vertex: FanoutVertex, find: Find): void {
    this.vertex = vertex
    const names = vertex.branches.map(({ name }) => name)
    for (const name of this.outlets.keys()) if (!names.includes(name)) this.outlets.delete(name)
    for (const { name, to } of vertex.branches) {
      const target = find(to, vertex.signal)
      const outlet = this.outlets.get(name)
      if (outlet) outlet.point(target)
      else this.outlets.set(name, new Outlet(target))
    }
    this.#fanout.connect(names.map(name => ({ name, consumer: this.outlets.get(name)! })))
  }

  edges(): Edge[] {
    return this.vertex.branches.map(({ name, to }) => ({ to, outlet: this.outlets.get(name)! }))
  }

  /** Waits for what is under way. Rejects with a PipelineError at the deadline. */
  stop(abort: AbortSignal): Promise<void> {
    return this.#fanout.drain(abort)
  }
}
