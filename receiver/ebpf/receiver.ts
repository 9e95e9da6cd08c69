/** The `ebpf` receiver: drains, collects and sends on its timers. */

import { checkRequirements, explainRefusal, readHostFacts } from '../../kernel/requirements.ts'
import { enableStats } from '../../native/index.ts'
import { type Cancel, type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumers, Create, Heartbeat, Host } from '../../pipeline/component.ts'
import { createDescribe, type Describe } from '../../pipeline/resource-detection/describe.ts'
import { detectOrigin } from '../../pipeline/resource-detection/origin.ts'
import { Collector } from './collector.ts'
import type { EbpfConfig } from './config.ts'
import { observeCollector } from './telemetry.ts'

/** The rings' queue is emptied this often; what it holds meanwhile is bounded by queue_size. */
const DRAIN_MS = 100
/** Collections before the first interval has passed, so that nobody who looks at once sees nothing. */
const FIRST_COLLECTIONS_MS = [0, 1000]
/** Three collections that did not come, but no less than this, mean that there are no more. */
const MIN_SILENCE_MS = 30_000
/** The kernel times the programs for a second of every minute: the statistics cost two clock reads a run. */
const STATISTICS_INTERVAL_MS = 60_000
const STATISTICS_WINDOW_MS = 1000

/** What the receiver needs of the machine it runs on. */
interface Machine {
  readonly clock: Clock
  /** A running collector. Throws HOST_UNSUPPORTED, or a refusal by the kernel with its likely meaning. */
  open(config: EbpfConfig, clock: Clock): Collector
  /** Has the kernel time all BPF programs until the returned function is called. */
  enableStats(): () => void
  /** Where all that is seen is; undefined: not to be said. */
  detectOrigin: typeof detectOrigin
}

const thisMachine: Machine = { clock: systemClock, open: openCollector, enableStats, detectOrigin }

function openCollector(config: EbpfConfig, clock: Clock): Collector {
  checkRequirements(readHostFacts())
  try {
    return new Collector(config, clock)
  } catch (error) {
    throw explainRefusal(error)
  }
}

export class EbpfReceiver implements Component {
  readonly #create: Create<EbpfConfig>
  readonly #next: Consumers
  readonly #machine: Machine
  readonly #cleanups: (() => void)[] = []
  readonly #abort = new AbortController()
  #collector: Collector | undefined
  #describe: Describe = createDescribe(undefined)
  #stopObserving = () => {}
  #taken: Heartbeat | undefined
  /** The send in progress. */
  #sending: Promise<void> | undefined

  constructor(create: Create<EbpfConfig>, next: Consumers, machine: Machine = thisMachine) {
    this.#create = create
    this.#next = next
    this.#machine = machine
  }

  async start(host: Host): Promise<void> {
    const { config, log, meter, id } = this.#create
    this.#describe = createDescribe(this.#machine.detectOrigin(config.resource_detection, log))
    this.#collector = this.#machine.open(config, this.#machine.clock)
    const { accounting, registry } = this.#collector
    for (const { capabilities, why } of accounting.laterNeeds()) host.retain(capabilities, why)
    const hasStatistics = this.#timePrograms(host)
    this.#stopObserving = observeCollector(meter, id, this.#collector, hasStatistics)
    this.#every(DRAIN_MS, () => this.#guard(host, collector => collector.drain()))
    if (config.latency === 'sampled') {
      const { interval, window } = config.sampling
      this.#repeatWindow(host, interval, window, startTiming)
    }
    const { cgroups } = registry.stats()
    log.info(
      { latency: config.latency, cpus: accounting.cpus, cgroups, cgroup_names: accounting.hasCgroupNames },
      'counting system calls',
    )
    host.report('ok')
    this.#startCollecting(host)
  }

  #startCollecting(host: Host): void {
    const { collection_interval: intervalMs } = this.#create.config
    const maxSilenceMs = Math.max(3 * intervalMs, MIN_SILENCE_MS)
    const looked = host.expectBeats({ name: 'collections', for: 'live', maxSilenceMs })
    this.#taken = host.expectBeats({ name: 'batches that the pipelines take', for: 'ready', maxSilenceMs })
    this.#cleanups.push(looked.stop, this.#taken.stop)
    const collect = () =>
      this.#guard(host, collector => {
        this.#collect(collector)
        looked.beat()
      })
    for (const ms of FIRST_COLLECTIONS_MS)
      if (ms === 0) collect()
      else if (ms < intervalMs) this.#cleanups.push(this.#machine.clock.after(ms, collect))
    this.#every(intervalMs, collect)
  }

  /** Collects once more, so that nothing counted stays here, and detaches. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const collector = this.#collector
    if (!collector) return
    this.#collector = undefined
    for (const cleanup of this.#cleanups.splice(0).reverse()) cleanup()
    const giveUp = (): void => this.#abort.abort(abort.reason)
    abort.addEventListener('abort', giveUp, { once: true })
    if (abort.aborted) giveUp()
    try {
      await this.#sending
      this.#collect(collector, true)
      await this.#sending
    } finally {
      this.#stopObserving()
      collector.close()
    }
  }

  /** Nothing while the last batch is still on its way: what is cumulative can wait, but an ended series is sent only once. */
  #collect(collector: Collector, isLast = false): void {
    const next = this.#next.metrics
    if (!next || this.#sending) return
    const { resources, tables } = collector.collect(isLast)
    this.#sending = next
      .consume({ resources: resources.map(this.#describe), tables }, this.#abort.signal)
      .catch(error =>
        this.#create.log.warn(
          { error: String(error) },
          'a collection was not taken; the next one includes it',
        ),
      )
      .finally(() => {
        this.#sending = undefined
        this.#taken?.beat()
      })
  }

  /** What fails on a timer must not end the process, and must be seen. */
  #guard(host: Host, look: (collector: Collector) => void): void {
    if (!this.#collector) return
    try {
      look(this.#collector)
    } catch (error) {
      this.#create.log.error({ error: String(error) }, 'working with the kernel failed')
      host.report('degraded', error as Error)
    }
  }

  #every(ms: number, run: () => void): void {
    this.#cleanups.push(this.#machine.clock.every(ms, run))
  }

  /**
   * That takes CAP_SYS_ADMIN, which nothing else does and which is given up after the start by default: so it is tried later, and
   * not again once it is refused. Gives back whether there is anything to see.
   */
  #timePrograms(host: Host): () => boolean {
    const { enableStats, clock } = this.#machine
    let state: 'untried' | 'timed' | 'refused' = 'untried'
    const open = (): (() => void) => {
      if (state === 'refused') return () => {}
      try {
        const close = enableStats()
        state = 'timed'
        return close
      } catch (error) {
        state = 'refused'
        this.#create.log.debug({ error: String(error) }, 'what the BPF programs cost is not measured')
        return () => {}
      }
    }
    const begin = () => this.#repeatWindow(host, STATISTICS_INTERVAL_MS, STATISTICS_WINDOW_MS, open)
    this.#cleanups.push(clock.after(STATISTICS_INTERVAL_MS, begin))
    return () => state === 'timed'
  }

  /** Opens something now and every `intervalMs`, and closes it `windowMs` later. Throws what `open` throws now. */
  #repeatWindow(
    host: Host,
    intervalMs: number,
    windowMs: number,
    open: (collector: Collector) => () => void,
  ): void {
    let close: (() => void) | undefined
    let cancelClose: Cancel = () => {}
    const begin = (collector: Collector): void => {
      close = open(collector)
      cancelClose = this.#machine.clock.after(windowMs, () => {
        close?.()
        close = undefined
      })
    }
    begin(this.#collector!)
    this.#every(intervalMs, () => this.#guard(host, begin))
    this.#cleanups.push(() => {
      cancelClose()
      close?.()
    })
  }
}

/** Latency `sampled`: times calls until the returned function is called. */
function startTiming({ accounting }: Collector): () => void {
  accounting.setTiming(true)
  return () => accounting.setTiming(false)
}
