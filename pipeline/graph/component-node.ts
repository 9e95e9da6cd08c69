import { type Clock, systemClock } from '../clock.ts'
import type { Consumer, Consumers, Factory, Host, Part, Signal } from '../component.ts'
import { settlesBefore } from '../deadline.ts'
import { SwollError } from '../errors.ts'
import { withFields } from '../log.ts'
import type { Plan, PlannedComponent } from '../plan.ts'
import type { Registry } from '../registry.ts'
import type { Use } from '../roles.ts'
import type { Logger, Meter } from '../telemetry.ts'
import { countInput, countOutput, countRouted } from './counted.ts'
import { InternalTime } from './internal-time.ts'
import type { ComponentVertex } from './layout.ts'
import { Outlet } from './outlet.ts'
import type { Entry, StatusBoard } from './status-board.ts'

export interface BuildOptions {
  readonly registry: Registry
  readonly log: Logger
  readonly meter: Meter
  readonly clock?: Clock
}

/** Returns what consumes a signal at the vertex of this key. */
export type Find = (key: string, signal: Signal) => Consumer<Signal>

/** The key of what a node gives to, and the outlet that leads there. */
export interface Edge {
  readonly to: string
  readonly outlet: Outlet
}

/** How long after the deadline a component may take to notice it, before the process goes on without it. */
export const GRACE_MS = 100

/** A component, and what stands between it and its neighbours: counters, outlets, and how much is under way in it. */
export class ComponentNode {
  vertex: ComponentVertex
  planned: PlannedComponent
  readonly log: Logger
  readonly part: Part
  /** By signal, what the component gives to. */
  readonly outlets = new Map<Signal, Outlet>()
  /** On the board of states, since the start. */
  entry: Entry | undefined
  readonly #factory: Factory<unknown>
  readonly #inlets = new Map<Signal, Consumer<Signal>>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #meter: Meter
  readonly #clock: Clock
  readonly #time: InternalTime

  /** Creates the component. Throws SwollError COMPONENT_START_FAILED if its factory throws. */
  constructor(vertex: ComponentVertex, plan: Plan, options: BuildOptions, find: Find) {
    const { key, kind, id, pipeline } = vertex
    this.vertex = vertex
    this.planned = plan[kind].get(id)!
    this.#factory = options.registry[kind].get(this.planned.type)!
    this.#meter = options.meter
    this.#clock = options.clock ?? systemClock
    this.#time = new InternalTime(this.#clock)
    const component = `${kind}::${id}`
    this.log = withFields(options.log, { component, ...(pipeline && { pipeline: pipeline.id }) })
    const next = this.#createOutlets(find)
    try {
      const { config } = this.planned
      const context = { id, config: config as Readonly<unknown>, log: this.log, meter: this.#meter }
      this.part = this.#factory.create(context, next)
    } catch (cause) {
      throw startFailed(key, cause)
    }
  }

  get key(): string {
    return this.vertex.key
  }

  /** Returns the component's consumer of this signal, counted. Throws SwollError COMPONENT_START_FAILED if the component does not. */
  consumer(signal: Signal): Consumer<Signal> {
    const known = this.#inlets.get(signal)
    if (known) return known
    const own = this.part.consumers?.[signal]
    if (!own) throw startFailed(this.key, `must have a consumer for ${signal}, got none`)
    const counted = countInput(own, this.#about(signal), this.part.countsItself)
    const inlet: Consumer<Signal> = {
      mutates: own.mutates || [...this.outlets.values()].some(outlet => outlet.mutates),
      consume: (batch, abort) => {
        const work = counted.consume(batch, abort).finally(() => this.#underWay.delete(work))
        this.#underWay.add(work)
        return work
      },
      refusal: () => counted.refusal?.(),
    }
    this.#inlets.set(signal, inlet)
    return inlet
  }

  /** Rejects with SwollError COMPONENT_START_FAILED, also if the component does not notice that it was told to stop. */
  async start(board: StatusBoard, extensions: Host['extension'], abort: AbortSignal): Promise<void> {
    try {
      abort.throwIfAborted()
      const uses = this.usesOf(this.planned)
      this.entry = board.enroll(this, (id, role) => {
        const isNamed = uses.some(use => use.id === id && use.role === role)
        if (!isNamed) throw new Error(`must be named as used (${role}) before it is asked for, got "${id}"`)
        return extensions(id, role)
      })
      const started = this.part.start(this.entry.host, abort)
      await this.#byDeadline(started, abort, 'did not start before it was told to stop')
      this.entry.started()
    } catch (cause) {
      const error = startFailed(this.key, cause)
      this.entry?.enter('permanent', error)
      throw error
    }
  }

  /** The extensions that the component uses with this configuration. */
  usesOf({ config }: PlannedComponent): readonly Use[] {
    return this.#factory.uses?.(config as Readonly<unknown>) ?? []
  }

  /** False: the component goes on as it was. */
  async update(planned: PlannedComponent, abort: AbortSignal): Promise<boolean> {
    try {
      abort.throwIfAborted()
      if (!(await this.part.update?.(planned.config as Readonly<unknown>))) return false
    } catch (cause) {
      throw startFailed(this.key, cause)
    }
    this.planned = planned
    return true
  }

  /** Gives to what stands at the keys of `vertex` from now on. */
  connect(vertex: ComponentVertex, find: Find): void {
    this.vertex = vertex
    for (const [signal, to] of vertex.next) this.outlets.get(signal)!.point(find(to, signal))
  }

  edges(): Edge[] {
    return [...this.vertex.next].map(([signal, to]) => ({ to, outlet: this.outlets.get(signal)! }))
  }

  /** Waits until nothing is under way in the component, and shuts it down. Rejects with SwollError COMPONENT_STOP_FAILED. */
  async stop(abort: AbortSignal): Promise<void> {
    this.entry?.enter('stopping')
    await settlesBefore(Promise.allSettled(this.#underWay), abort)
    try {
      const stopped = this.part.shutdown(abort)
      await this.#byDeadline(stopped, abort, 'did not stop by the deadline; what it held may be lost')
      this.entry?.enter('stopped')
    } catch (cause) {
      const error = new SwollError('COMPONENT_STOP_FAILED', withName(this.key, cause), { cause })
      this.entry?.enter('permanent', error)
      throw error
    }
  }

  #createOutlets(find: Find): Consumers {
    const next: { [S in Signal]?: Consumer<Signal> } = {}
    for (const [signal, to] of this.vertex.next) {
      const outlet = new Outlet(find(to, signal))
      this.outlets.set(signal, outlet)
      const counted = countOutput(outlet, this.#about(signal))
      const isRouted = this.vertex.kind === 'connectors'
      next[signal] = isRouted ? { ...counted, route: countRouted(outlet, this.#about(signal)) } : counted
    }
    return next
  }

  #about(signal: Signal) {
    return { meter: this.#meter, vertex: this.vertex, signal, time: this.#time }
  }

  /** `work`, or an error once `abort` and the grace time have passed without it. */
  async #byDeadline(work: Promise<void>, abort: AbortSignal, message: string): Promise<void> {
    if (!(await settlesBefore(work, abort, { ms: GRACE_MS, clock: this.#clock }))) throw new Error(message)
    await work
  }
}

function startFailed(name: string, cause: unknown): SwollError {
  return new SwollError('COMPONENT_START_FAILED', withName(name, cause), { cause })
}

/** Returns the text of `cause`, with the component's name in front unless the text has it there. */
function withName(name: string, cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.startsWith(`${name}:`) ? text : `${name}: ${text}`
}
