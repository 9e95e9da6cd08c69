/** The `ebpf` receiver: drains, collects and sends on its timers. */
import { enableStats } from '../../native/index.ts'
import { type Cancel, type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumers, Create, Host } from '../../pipeline/component.ts'
import { Collector } from './collector.ts'
import type { EbpfConfig } from './config.ts'
import { checkRequirements, explainRefusal, readHostFacts } from './requirements.ts'
import { observeCollector } from './telemetry.ts'

/** The rings' queue is emptied this often; what it holds meanwhile is bounded by queue_size. */
const DRAIN_MS = 100
/** The kernel times the programs for a second of every minute: the statistics cost two clock reads a run. */
const STATISTICS_INTERVAL_MS = 60_000
const STATISTICS_WINDOW_MS = 1000

export class EbpfReceiver implements Component {
  readonly #create: Create<EbpfConfig>
  readonly #next: Consumers
  readonly #clock: Clock
  readonly #cleanups: (() => void)[] = []
  readonly #abort = new AbortController()
  #collector: Collector | undefined
  /** The send in progress. */
  #sending: Promise<void> | undefined

  constructor(create: Create<EbpfConfig>, next: Consumers, clock: Clock = systemClock) {
    this.#create = create
    this.#next = next
    this.#clock = clock
  }

  async start(host: Host): Promise<void> {
    const { config, log, meter, id } = this.#create
    checkRequirements(readHostFacts())
    try {
      this.#collector = new Collector(config, this.#clock)
    } catch (error) {
      throw explainRefusal(error)
    }
    const { accounting, registry } = this.#collector
    this.#cleanups.push(observeCollector(meter, id, this.#collector))
    this.#every(DRAIN_MS, () => this.#guard(host, collector => collector.drain()))
    this.#every(config.collection_interval, () => this.#guard(host, collector => this.#collect(collector)))
    this.#repeatWindow(STATISTICS_INTERVAL_MS, STATISTICS_WINDOW_MS, enableStats)
    if (config.latency === 'sampled') {
      this.#repeatWindow(config.sampling.interval, config.sampling.window, () => this.#startTiming())
    }
    const { cgroups } = registry.stats()
    log.info(
      { latency: config.latency, cpus: accounting.cpus, cgroups, cgroup_paths: accounting.hasCgroupPaths },
      'counting system calls',
    )
    host.report('ok')
  }

  /** Collects once more, so that nothing counted stays here, and detaches. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const collector = this.#collector
    if (!collector) return
    this.#collector = undefined
    for (const cleanup of this.#cleanups.splice(0).reverse()) cleanup()
    try {
      await this.#sending
      this.#collect(collector, true)
      abort.addEventListener('abort', () => this.#abort.abort(abort.reason), { once: true })
      await this.#sending
    } finally {
      collector.close()
    }
  }

  /** Nothing while the last batch is still on its way: what is cumulative can wait, but an ended series is sent only once. */
  #collect(collector: Collector, isLast = false): void {
    const next = this.#next.metrics
    if (!next || this.#sending) return
    this.#sending = next
      .consume(collector.collect(isLast), this.#abort.signal)
      .catch(error =>
        this.#create.log.warn(
          { error: String(error) },
          'a collection was not taken; the next one includes it',
        ),
      )
      .finally(() => {
        this.#sending = undefined
      })
  }

  /** A failing look at the kernel must not end the timer, and must be seen. */
  #guard(host: Host, look: (collector: Collector) => void): void {
    if (!this.#collector) return
    try {
      look(this.#collector)
    } catch (error) {
      this.#create.log.error({ error: String(error) }, 'reading the kernel failed')
      host.report('degraded', error as Error)
    }
  }

  #every(ms: number, run: () => void): void {
    this.#cleanups.push(this.#clock.every(ms, run))
  }

  /** Opens something now and every `intervalMs`, and closes it `windowMs` later. */
  #repeatWindow(intervalMs: number, windowMs: number, open: () => () => void): void {
    let close: (() => void) | undefined
    let cancelClose: Cancel = () => {}
    const begin = (): void => {
      close = open()
      cancelClose = this.#clock.after(windowMs, () => {
        close?.()
        close = undefined
      })
    }
    begin()
    this.#every(intervalMs, begin)
    this.#cleanups.push(() => {
      cancelClose()
      close?.()
    })
  }

  #startTiming(): () => void {
    this.#collector?.accounting.setTiming(true)
    return () => this.#collector?.accounting.setTiming(false)
  }
}
