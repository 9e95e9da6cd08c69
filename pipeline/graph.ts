import { type Clock, systemClock } from './clock.ts'
import type { Host } from './component.ts'
import { settlesBefore, startDeadline } from './deadline.ts'
import { SwollError } from './errors.ts'
import { type BuildOptions, buildNodes, type Node, type Nodes } from './graph-build.ts'
import { checkPlan } from './graph-check.ts'
import type { Plan } from './plan.ts'
import { type ComponentStatus, StatusBoard } from './status.ts'

interface GraphOptions extends BuildOptions {
  /** Told the worst status of all components, whenever one of them changes. */
  readonly host: Host
}

/** How long after the deadline a component may take to notice it, before the shutdown goes on without it. */
const GRACE_MS = 100

/**
 * Creates every component that the plan's pipelines use; starts nothing. Throws SwollError CONFIG_INVALID if a
 * component does not carry a signal it is used for, before anything is created, and COMPONENT_START_FAILED if a
 * factory throws.
 */
export function createGraph(plan: Plan, options: GraphOptions): Graph {
  const problems = checkPlan(plan, options.registry)
  if (problems.length > 0) {
    const lines = problems.map(problem => `${problem.path.join('::')}: ${problem.message}`)
    throw new SwollError('CONFIG_INVALID', lines.join('\n'))
  }
  return new Graph(buildNodes(plan, options), plan.shutdownTimeoutMs, options)
}

/** All components of a process, as one that starts and stops. */
export class Graph {
  readonly #nodes: Nodes
  readonly #shutdownTimeoutMs: number
  readonly #clock: Clock
  readonly #board: StatusBoard
  #isStarted = false
  #stopped: Promise<void> | undefined

  constructor(nodes: Nodes, shutdownTimeoutMs: number, options: GraphOptions) {
    this.#nodes = nodes
    this.#shutdownTimeoutMs = shutdownTimeoutMs
    this.#clock = options.clock ?? systemClock
    this.#board = new StatusBoard(options.host)
  }

  /**
   * Starts exporters, processors and receivers, in this order, each before what sends to it. If one fails or `abort`
   * fires, all are shut down and SwollError COMPONENT_START_FAILED says which one it was.
   */
  async start(abort: AbortSignal): Promise<void> {
    if (this.#isStarted || this.#stopped)
      throw new SwollError('COMPONENT_START_FAILED', 'a graph starts once; create a new one')
    this.#isStarted = true
    const { receivers, processors, exporters } = this.#nodes
    for (const node of [...exporters.values(), ...processors.toReversed(), ...receivers]) {
      const host = this.#board.hostFor(node.name, node.log)
      try {
        abort.throwIfAborted()
        await this.#byDeadline(
          node.component.start(host, abort),
          abort,
          'did not start before it was told to stop',
        )
      } catch (cause) {
        await this.#abandon(node)
        const message = withName(node.name, cause)
        throw new SwollError('COMPONENT_START_FAILED', message, { cause })
      }
    }
  }

  /**
   * Stops receivers, lets what is under way finish, stops processors, then exporters. Goes on after errors, and past
   * components that ignore the deadline `abort`; then throws one AggregateError of SwollError COMPONENT_STOP_FAILED
   * and the like. Safe before start, and twice.
   */
  shutdown(abort: AbortSignal): Promise<void> {
    this.#stopped ??= this.#stop(abort)
    return this.#stopped
  }

  /** What each started component last said of itself. */
  status(): readonly ComponentStatus[] {
    return this.#board.list()
  }

  async #stop(abort: AbortSignal): Promise<void> {
    const { receivers, entries, processors, exits, exporters } = this.#nodes
    const stop = (node: Node) => () => this.#stopNode(node, abort)
    const steps = [
      ...receivers.map(stop),
      ...entries.map(fanout => () => fanout.drain(abort)),
      ...processors.map(stop),
      ...exits.map(fanout => () => fanout.drain(abort)),
      ...[...exporters.values()].map(stop),
    ]
    const errors: Error[] = []
    for (const step of steps) await step().catch((error: Error) => errors.push(error))
    if (errors.length > 0) throw new AggregateError(errors, errors.map(error => error.message).join('; '))
  }

  async #stopNode({ name, component }: Node, abort: AbortSignal): Promise<void> {
    try {
      await this.#byDeadline(
        component.shutdown(abort),
        abort,
        'did not stop by the deadline; what it held may be lost',
      )
    } catch (cause) {
      const message = withName(name, cause)
      throw new SwollError('COMPONENT_STOP_FAILED', message, { cause })
    }
  }

  /** `work`, or an error once `abort` and the grace time have passed without it. */
  async #byDeadline(work: Promise<void>, abort: AbortSignal, message: string): Promise<void> {
    if (!(await settlesBefore(work, abort, { ms: GRACE_MS, clock: this.#clock }))) throw new Error(message)
    await work
  }

  /** Shuts everything down after `failed` did not start. What goes wrong now is only logged: the first error matters. */
  async #abandon(failed: Node): Promise<void> {
    using deadline = startDeadline(this.#shutdownTimeoutMs, this.#clock)
    await this.shutdown(deadline.signal).catch((error: Error) => {
      failed.log.warn({ error: error.message }, 'Shutting down after a failed start had errors')
    })
  }
}

/** What went wrong, with the component's name in front unless the text has it there. */
function withName(name: string, cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.startsWith(`${name}:`) ? text : `${name}: ${text}`
}
