/** Applies the configuration anew to a running agent. */
import { formatIssues } from '../otel-config/issues.ts'
import type { Loaded } from '../otel-config/load.ts'
import type { SwollError } from '../pipeline/errors.ts'
import type { Applied } from '../pipeline/graph/change.ts'
import type { Graph } from '../pipeline/graph/graph.ts'
import type { Plan } from '../pipeline/plan.ts'
import type { Logger } from '../pipeline/telemetry.ts'
import { describeError } from './print-error.ts'
import type { Privileges } from './privileges.ts'
import type { ServiceManager } from './service-manager.ts'
import type { SettledMemory } from './settled-memory.ts'

interface Options {
  /** Reads and checks the configuration. */
  readonly load: () => Promise<Loaded>
  /** Told each configuration that has been applied. */
  readonly applied?: (loaded: Loaded) => void
  readonly log: Logger
}

/** The agent, once everything has started. */
interface Running {
  /** The configuration that the agent was started with. */
  readonly plan: Plan
  readonly graph: Pick<Graph, 'apply' | 'status'>
  readonly stop: AbortSignal
  readonly privileges: Pick<Privileges, 'areReduced' | 'reduce'>
  readonly manager: Pick<ServiceManager, 'reloading' | 'reloaded'>
  readonly memory: Pick<SettledMemory, 'busy'>
}

export class Reload {
  readonly #options: Options
  #running: Running | undefined
  #isWanted = false
  #work: Promise<void> | undefined
  /** As of the last configuration that was applied. */
  shutdownTimeoutMs = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** Applies the configuration as it is now: after the start, after what is being applied, and once for all who ask meanwhile. */
  readonly ask = (): void => {
    this.#isWanted = true
    if (this.#running) this.#work ??= this.#run(this.#running)
  }

  /** From now on, until the agent stops. */
  begin(running: Running): void {
    this.shutdownTimeoutMs = running.plan.shutdownTimeoutMs
    this.#running = running
    if (this.#isWanted) this.ask()
  }

  /** Resolves when nothing is being applied. */
  async settled(): Promise<void> {
    await this.#work
  }

  async #run(running: Running): Promise<void> {
    do {
      this.#isWanted = false
      running.manager.reloading()
      await this.#apply(running)
      running.manager.reloaded()
      if (!running.stop.aborted) running.memory.busy()
    } while (this.#isWanted && !running.stop.aborted)
    this.#work = undefined
  }

  async #apply(running: Running): Promise<void> {
    const { load, log } = this.#options
    try {
      const loaded = await load()
      const { plan, warnings } = loaded
      for (const warning of warnings) log.warn({}, formatIssues([warning]))
      const applied = await running.graph.apply(plan, running.stop)
      this.shutdownTimeoutMs = plan.shutdownTimeoutMs
      this.#options.applied?.(loaded)
      for (const line of findUnapplied(running, plan)) log.warn({}, line)
      for (const error of applied.errors) log.error({}, error.message)
      log.info(describe(applied, running.graph.status().length), 'The configuration is applied')
      if (plan.dropsCapabilities && !running.privileges.areReduced) running.privileges.reduce(log)
    } catch (error) {
      for (const line of describeError(error)) log.error({}, line)
      if (running.privileges.areReduced && isForbidden(error)) log.error({}, GIVEN_UP)
      log.warn({}, 'The configuration is not applied: everything goes on as it was')
    }
  }
}

const GIVEN_UP =
  'service::drop_capabilities: the agent gave up its capabilities once it had started; restart it to apply this, or start it with false'

/** Returns, for the log, what became of the components; `count`: of those that there are now. */
function describe({ started, updated, stopped }: Applied, count: number): Record<string, unknown> {
  const replaced = started.filter(key => stopped.includes(key))
  return {
    kept: count - started.length - updated.length,
    updated,
    replaced,
    added: started.filter(key => !replaced.includes(key)),
    removed: stopped.filter(key => !replaced.includes(key)),
  }
}

/** Returns a line for each setting that a running process cannot change, and that differs. */
function findUnapplied({ plan: before, privileges }: Running, now: Plan): string[] {
  const keys = (['logs', 'metrics', 'resource'] as const).filter(
    key => JSON.stringify(before.telemetry[key]) !== JSON.stringify(now.telemetry[key]),
  )
  return [
    ...keys.map(key => `service::telemetry::${key}: cannot change while the agent runs; restart it`),
    ...(privileges.areReduced && !now.dropsCapabilities
      ? ['service::drop_capabilities: what was given up does not come back while the agent runs; restart it']
      : []),
  ]
}

/** Whether the reason may be a capability that is missing. */
function isForbidden(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as SwollError | NodeJS.ErrnoException
  return code === 'HOST_UNSUPPORTED' || code === 'EACCES' || code === 'EPERM' || isForbidden(error.cause)
}
