import type { Component, Consumer, Create, Host, Refusal, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { countPoints, countRows } from '../../pipeline/data/items.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { Config } from './config.ts'
import { type Limits, toLimits } from './limits.ts'
import { MemoryMonitor } from './monitor.ts'
import { createTelemetry } from './telemetry.ts'

interface Parts<S extends Signal> {
  readonly signal: S
  readonly count: (batch: Batches[S]) => number
  /** Tests replace it. */
  readonly open?: (config: Config) => MemoryMonitor
}

const openMonitor = (config: Config) => new MemoryMonitor(config, toLimits(config))

/** Passes data on as long as there is memory, and refuses it otherwise, before anything behind it spends memory on it. */
export class MemoryLimiter<S extends Signal> implements Component, Consumer<S> {
  readonly mutates = false
  readonly #create: Create<Config>
  readonly #next: Consumer<S>
  readonly #parts: Parts<S>
  readonly #counters: ReturnType<typeof createTelemetry>
  #lease: Lease<MemoryMonitor> | undefined
  #unwatch = () => {}

  constructor(create: Create<Config>, next: Consumer<S>, parts: Parts<S>) {
    this.#create = create
    this.#next = next
    this.#parts = parts
    this.#counters = createTelemetry(create.meter, create.id, parts.signal)
  }

  /** Measures once, so that it knows before data comes. */
  async start(host: Host): Promise<void> {
    const { config, id, log } = this.#create
    const { open = openMonitor } = this.#parts
    this.#lease = await host.service(`processors::${id} ${JSON.stringify(config)}`, () => open(config))
    const monitor = this.#lease.value
    log.info(describe(monitor.limits), 'Memory limiter configured')
    this.#counters.observe(monitor)
    this.#unwatch = monitor.watch(refusal =>
      refusal ? host.report('recoverable', refusal) : host.report('ok'),
    )
    await monitor.check()
  }

  async consume(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const items = this.#parts.count(batch)
    const refusal = this.refusal()
    if (refusal) {
      refusal.count(items)
      throw refusal.error
    }
    this.#counters.accepted(items)
    this.#counters.refused(0)
    await this.#next.consume(batch, abort)
  }

  refusal(): Refusal | undefined {
    const error = this.#lease?.value.ask()
    return error && { error, count: this.#counters.refused }
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    this.#unwatch()
    this.#counters.close()
    const lease = this.#lease
    this.#lease = undefined
    await lease?.release(abort)
  }
}

function describe({ softBytes, hardBytes, of }: Limits): Record<string, unknown> {
  const mib = (bytes: number) => Math.floor(bytes / 2 ** 20)
  return {
    limit_mib: mib(hardBytes),
    spike_limit_mib: mib(hardBytes - softBytes),
    ...(of && { total_memory_mib: mib(of.bytes), cgroup: of.cgroup }),
  }
}

export const limitMetrics = (create: Create<Config>, next: Consumer<'metrics'>): MemoryLimiter<'metrics'> =>
  new MemoryLimiter(create, next, { signal: 'metrics', count: countPoints })
export const limitLogs = (create: Create<Config>, next: Consumer<'logs'>): MemoryLimiter<'logs'> =>
  new MemoryLimiter(create, next, { signal: 'logs', count: countRows })
export const limitSpans = (create: Create<Config>, next: Consumer<'traces'>): MemoryLimiter<'traces'> =>
  new MemoryLimiter(create, next, { signal: 'traces', count: countRows })
