import { onAbort } from '../abort.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { ProcessHost } from '../component.ts'
import { settlesBefore, startDeadline } from '../deadline.ts'
import { SwollError } from '../errors.ts'
import type { Plan } from '../plan.ts'
import type { Services } from '../services.ts'
import type { ComponentStatus } from '../states.ts'
import { type Applied, Change } from './change.ts'
import { checkPlan } from './check-plan.ts'
import { type BuildOptions, ComponentNode, GRACE_MS } from './component-node.ts'
import { layoutOf } from './layout.ts'
import { createNode, extensionsIn, finderIn, type Node, type Nodes } from './nodes.ts'
import { StatusBoard } from './status-board.ts'

interface GraphOptions extends BuildOptions {
  /** Told the worst status of all components, whenever one of them changes. */
  readonly host: ProcessHost
  /** The services that the host leases. They stay open while one plan follows another. */
  readonly services: Pick<Services, 'hold'>
}

/**
 * Creates every component that the plan uses; starts nothing. Throws SwollError CONFIG_INVALID if the components cannot be put
 * together so, before anything is created, and COMPONENT_START_FAILED if a factory throws.
 */
export function createGraph(plan: Plan, options: GraphOptions): Graph {
  refuse(plan, options)
  const nodes = new Map<string, Node>()
  for (const vertex of layoutOf(plan))
    nodes.set(vertex.key, createNode(vertex, plan, options, finderIn(nodes)))
  return new Graph(nodes, plan.shutdownTimeoutMs, options)
}

function refuse(plan: Plan, { registry }: BuildOptions): void {
  const problems = checkPlan(plan, registry)
  if (problems.length === 0) return
  const lines = problems.map(
    ({ path, message, hint }) => `${path.join('::')}: ${message}${hint ? `; ${hint}` : ''}`,
  )
  throw new SwollError('CONFIG_INVALID', lines.join('\n'))
}

/** All components of a process, as one that starts, changes and stops; one of these at a time. */
export class Graph {
  #nodes: Nodes
  #shutdownTimeoutMs: number
  readonly #options: GraphOptions
  readonly #clock: Clock
  readonly #board: StatusBoard
  #isRunning = false
  #stopped: Promise<void> | undefined
  /** Settles when what is going on is over. Never rejects. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Aborted when the shutdown begins, and when its deadline passes. */
  readonly #stopping = new AbortController()
  readonly #late = new AbortController()

  constructor(nodes: Nodes, shutdownTimeoutMs: number, options: GraphOptions) {
    this.#nodes = nodes
    this.#shutdownTimeoutMs = shutdownTimeoutMs
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#board = new StatusBoard(options.host, this.#clock)
  }

  /**
   * Starts extensions, exporters, processors and receivers, each before what gives to it. If one fails or `abort` fires, all are shut
   * down and SwollError COMPONENT_START_FAILED says which one it was.
   */
  start(abort: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isRunning || this.#stopped)
        throw new SwollError('COMPONENT_START_FAILED', 'a graph starts once; create a new one')
      this.#isRunning = true
      const giveUp = AbortSignal.any([abort, this.#stopping.signal])
      for (const node of components(this.#nodes))
        try {
          await node.start(this.#board, extensionsIn(this.#nodes), giveUp)
        } catch (error) {
          await this.#abandon(node)
          throw error
        }
    })
  }

  /**
   * Goes over to another plan while data flows. What has the same place and configuration in both goes on untouched; what can be
   * updated is; the rest is replaced: the new is started before the old is stopped. Rejects, and nothing has changed, with SwollError
   * CONFIG_INVALID, or COMPONENT_START_FAILED if something new does not start or `abort` comes before all has.
   */
  apply(plan: Plan, abort: AbortSignal): Promise<Applied> {
    return this.#inTurn(async () => {
      if (!this.#isRunning || this.#stopped)
        throw new SwollError('COMPONENT_START_FAILED', 'a graph that does not run takes no other plan')
      refuse(plan, this.#options)
      const endHold = this.#options.services.hold()
      const close = () => this.#byDeadline(plan, late => this.#end(endHold, late))
      try {
        const applied = await this.#change(plan, abort)
        const error = await close()
        return { ...applied, errors: error ? [...applied.errors, error] : applied.errors }
      } catch (cause) {
        const error = await close()
        if (error) this.#warn(error)
        throw cause
      }
    })
  }

  /**
   * Stops receivers, lets what is under way finish, stops processors, then exporters. Goes on after errors, and past
   * components that ignore the deadline `abort`; then throws one AggregateError of SwollError COMPONENT_STOP_FAILED
   * and the like. Safe before start, and twice. What is starting or changing is told to give up.
   */
  shutdown(abort: AbortSignal): Promise<void> {
    this.#stopped ??= this.#endTurn(abort).then(() => this.#stop(abort))
    return this.#stopped
  }

  /** Returns what each component is, in the order of their start. */
  status(): readonly ComponentStatus[] {
    return this.#board.list()
  }

  /** One after the other, whatever becomes of the one before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #endTurn(abort: AbortSignal): Promise<void> {
    this.#stopping.abort()
    using _ = onAbort(abort, () => this.#late.abort())
    await this.#turn
  }

  async #change(plan: Plan, abort: AbortSignal): Promise<Applied> {
    const change = new Change(this.#nodes, plan, this.#options, this.#board)
    try {
      await change.prepare(AbortSignal.any([abort, this.#stopping.signal]))
    } catch (cause) {
      for (const error of await this.#byDeadline(plan, late => change.rollBack(late))) this.#warn(error)
      throw cause
    }
    this.#nodes = change.after
    this.#shutdownTimeoutMs = plan.shutdownTimeoutMs
    return this.#byDeadline(plan, late => change.commit(late))
  }

  /** `work`, with the plan's deadline for what stops, or that of a shutdown if it comes first. */
  async #byDeadline<T>({ shutdownTimeoutMs }: Plan, work: (abort: AbortSignal) => Promise<T>): Promise<T> {
    using deadline = startDeadline(shutdownTimeoutMs, this.#clock)
    return await work(AbortSignal.any([deadline.signal, this.#late.signal]))
  }

  /** Ends the hold on the services. Returns what did not close in order, if anything. */
  async #end(endHold: (abort: AbortSignal) => Promise<void>, abort: AbortSignal): Promise<Error | undefined> {
    const ended = endHold(abort).catch((error: Error) => error)
    const isInTime = await settlesBefore(ended, abort, { ms: GRACE_MS, clock: this.#clock })
    if (!isInTime) return new Error('what components have shared did not close by the deadline')
    return (await ended) ?? undefined
  }

  #warn({ message }: Error): void {
    this.#options.log.warn({ error: message }, 'Going back after a failed change had errors')
  }

  async #stop(abort: AbortSignal): Promise<void> {
    const errors: Error[] = []
    for (const node of [...this.#nodes.values()].reverse())
      await node.stop(abort).catch((error: Error) => errors.push(error))
    if (errors.length > 0) throw new AggregateError(errors, errors.map(error => error.message).join('; '))
  }

  /** Shuts everything down after `failed` did not start. What goes wrong now is only logged: the first error matters. */
  async #abandon(failed: ComponentNode): Promise<void> {
    if (this.#stopped) return // by somebody else, who waits for this start to end
    using deadline = startDeadline(this.#shutdownTimeoutMs, this.#clock)
    this.#stopped = this.#stop(deadline.signal)
    await this.#stopped.catch((error: Error) => {
      failed.log.warn({ error: error.message }, 'Shutting down after a failed start had errors')
    })
  }
}

function components(nodes: Nodes): ComponentNode[] {
  return [...nodes.values()].filter(node => node instanceof ComponentNode)
}
