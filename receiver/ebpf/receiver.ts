/** The `ebpf` receiver: collects and sends on its timers. */

import { onAbort } from '../../pipeline/abort.ts'
import type { Cancel } from '../../pipeline/clock.ts'
import type { Component, Consumer, Consumers, Create, Host } from '../../pipeline/component.ts'
import { leaseCoverage } from '../../pipeline/coverage.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Heartbeat } from '../../pipeline/health.ts'
import { createDescribe, type Describe } from '../../pipeline/resource-detection/describe.ts'
import { detectOrigin } from '../../pipeline/resource-detection/origin.ts'
import type { Lease } from '../../pipeline/services.ts'
import { type Collector, thresholdOf } from './collector.ts'
import type { EbpfConfig } from './config.ts'
import {
  Counting,
  type CountingMachine,
  changedSettings,
  thisCountingMachine,
  toCountingKey,
} from './counting.ts'
import { TellingCoverage } from './coverage.ts'
import { repeatWindow } from './repeat-window.ts'
import { observeCollector } from './telemetry.ts'
import { type Turn, Turns } from './turns.ts'

/** Collections before the first interval has passed, so that nobody who looks at once sees nothing. */
const FIRST_COLLECTIONS_MS = [0, 1000]
/** Three collections that did not come, but no less than this, mean that there are no more. */
const MIN_SILENCE_MS = 30_000
/** Cgroups that may be dead while collections are refused. */
const MOST_WAITING_ENDS = 10_000

/** The machine, as far as the receiver needs it. */
interface Machine extends CountingMachine {
  /** Where all that is seen is; undefined: not to be said. */
  detectOrigin: typeof detectOrigin
}

const thisMachine: Machine = { ...thisCountingMachine, detectOrigin }

interface Running {
  readonly counting: Counting
  readonly turns: Turns
  readonly turn: Turn
}

export class EbpfReceiver implements Component {
  readonly #create: Create<EbpfConfig>
  readonly #next: Consumers
  readonly #machine: Machine
  readonly #cleanups: Cancel[] = []
  readonly #leases: Lease<unknown>[] = []
  readonly #abort = new AbortController()
  #starting: Promise<void> | undefined
  #running: Running | undefined
  #describe: Describe = createDescribe(undefined)
  #stopObserving = () => {}
  #coverage: TellingCoverage | undefined
  #taken: Heartbeat | undefined
  /** Whether the last collection would have been refused. */
  #wasRefused = false
  /** The send in progress. */
  #sending: Promise<void> | undefined

  constructor(create: Create<EbpfConfig>, next: Consumers, machine: Machine = thisMachine) {
    this.#create = create
    this.#next = next
    this.#machine = machine
  }

  start(host: Host): Promise<void> {
    this.#starting = this.#start(host)
    return this.#starting
  }

  /** While another instance of this id runs, this one only waits for its turn. */
  async #start(host: Host): Promise<void> {
    const { config, log, id } = this.#create
    this.#describe = createDescribe(this.#machine.detectOrigin(config.resource_detection, log))
    const turns = await host.service(`receivers::${id}`, () => new Turns())
    this.#leases.push(turns)
    const open = (): Counting => this.#open(turns.value.current?.counting)
    const counting = await host.service(toCountingKey(id, config), open)
    this.#leases.push(counting)
    const coverage = await leaseCoverage(host)
    this.#leases.push(coverage)
    this.#coverage = new TellingCoverage(counting.value)
    this.#cleanups.push(() => coverage.value.untell(id, this.#coverage!))
    for (const { capabilities, why } of counting.value.collector.accounting.laterNeeds())
      host.retain(capabilities, why)
    const begin = (): void => {
      coverage.value.tell(id, this.#coverage!)
      this.#begin(counting.value, host)
    }
    const turn = { counting: counting.value, begin: () => counting.value.guard(begin) }
    this.#running = { counting: counting.value, turns: turns.value, turn }
    if (turns.value.join(turn)) begin()
  }

  /** Beside what counts until now, if anything does. */
  #open(before: Counting | undefined): Counting {
    const { config, log } = this.#create
    try {
      return new Counting(config, this.#machine, log)
    } catch (error) {
      if (before === undefined || !(error instanceof SwollError)) throw error
      const keys = changedSettings(before.config, config).join(', ')
      throw new SwollError(error.code, `${keys}: must be loaded into the kernel anew; ${error.message}`, {
        cause: error,
      })
    }
  }

  #begin(counting: Counting, host: Host): void {
    const { config, log, meter, id } = this.#create
    const { collector } = counting
    counting.onFailure = error => host.report('recoverable', error)
    collector.store.limit(config.max_series, config.max_series_per_resource)
    collector.inFlight.thresholdMs = thresholdOf(config)
    this.#stopObserving = observeCollector(meter, id, counting)
    if (config.latency === 'sampled') this.#sample(counting)
    const { accounting, registry } = collector
    const { cgroups } = registry.stats()
    log.info(
      { latency: config.latency, cpus: accounting.cpus, cgroups, cgroup_names: accounting.hasCgroupNames },
      'counting system calls',
    )
    if (config.in_flight.enabled && config.latency !== 'exact')
      log.info({ latency: config.latency }, 'calls in flight are not shown: that takes latency exact')
    if (config.latency === 'exact' && !accounting.seesAllThreads)
      log.warn(
        {},
        "calls of other pods that began before now will count as denied: before Linux 6.2 that takes the host's pid namespace; set hostPID",
      )
    host.report('ok')
    this.#startCollecting(counting, host)
  }

  #startCollecting(counting: Counting, host: Host): void {
    const { clock } = this.#machine
    const { collection_interval: intervalMs } = this.#create.config
    const maxSilenceMs = Math.max(3 * intervalMs, MIN_SILENCE_MS)
    const looked = host.expectBeats({ name: 'collections', for: 'live', maxSilenceMs })
    this.#taken = host.expectBeats({ name: 'batches that the pipelines take', for: 'ready', maxSilenceMs })
    this.#cleanups.push(looked.stop, this.#taken.stop)
    const collect = () =>
      counting.guard(collector => {
        this.#collect(collector)
        looked.beat()
      })
    for (const ms of FIRST_COLLECTIONS_MS)
      if (ms === 0) collect()
      else if (ms < intervalMs) this.#cleanups.push(clock.after(ms, collect))
    this.#cleanups.push(clock.every(intervalMs, collect))
  }

  /** Sends what is on its way. If nobody goes on with the counting, collects once more, so that nothing counted stays here. */
  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#starting?.catch(() => {})
    const running = this.#running
    this.#running = undefined
    try {
      if (running) await this.#finish(running, abort)
    } finally {
      for (const lease of this.#leases.splice(0).reverse()) await lease.release(abort)
    }
  }

  async #finish({ counting, turns, turn }: Running, abort: AbortSignal): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) cleanup()
    using _ = onAbort(abort, () => this.#abort.abort(abort.reason))
    try {
      await this.#sending
      if (turns.isLast(turn)) {
        this.#collect(counting.collector, true)
        turns.beginAnew(turn)
        await this.#sending
      }
    } finally {
      this.#stopObserving()
      turns.end(turn)
    }
  }

  /** Nothing while the last batch is still on its way: what is cumulative can wait, but an ended series is sent only once. */
  #collect(collector: Collector, isLast = false): void {
    const next = this.#next.metrics
    if (!next || this.#sending || this.#isRefused(next, collector)) return
    const { resources, tables } = collector.collect(isLast)
    this.#coverage?.sends(tables)
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

  /**
   * No batch is made that nobody would take: the next one has all that is in it, and ends of series wait for it. Unless too many wait, so
   * that what is remembered of the dead has a bound.
   */
  #isRefused(next: Consumer<'metrics'>, collector: Collector): boolean {
    const refusal = next.refusal?.()
    const wasRefused = this.#wasRefused
    this.#wasRefused = refusal !== undefined
    if (!refusal || collector.registry.stats().tombstones > MOST_WAITING_ENDS) return false
    if (!wasRefused)
      this.#create.log.warn(
        { error: String(refusal.error) },
        'collections are not taken; the first that is includes them',
      )
    refusal.count(collector.points)
    this.#taken?.beat()
    return true
  }

  /** Latency `sampled`: times calls for a while, now and then. */
  #sample({ collector: { accounting }, guard }: Counting): void {
    const { interval: everyMs, window: forMs } = this.#create.config.sampling
    const stop = repeatWindow({ clock: this.#machine.clock, everyMs, forMs, guard }, () => {
      accounting.setTiming(true)
      return () => accounting.setTiming(false)
    })
    this.#cleanups.push(stop)
  }
}
