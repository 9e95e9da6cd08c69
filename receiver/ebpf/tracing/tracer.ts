/** Traces for the logs and traces pipelines of the `ebpf` receiver: one subscription to a session, as configured. */

import { setImmediate as anotherTurn } from 'node:timers/promises'
import { toRoots } from '../../../kernel/cgroups/roots.ts'
import { openPods, runStore } from '../../../kubernetes/pods/open.ts'
import type { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import { onAbort } from '../../../pipeline/abort.ts'
import { type Clock, systemClock } from '../../../pipeline/clock.ts'
import type { Component, Consumers, Create, Host } from '../../../pipeline/component.ts'
import type { Heartbeat } from '../../../pipeline/health.ts'
import { hostsOfParts } from '../../../pipeline/host-parts.ts'
import { createDescribe } from '../../../pipeline/resource-detection/describe.ts'
import { detectOrigin } from '../../../pipeline/resource-detection/origin.ts'
import type { Lease } from '../../../pipeline/services.ts'
import { Sender } from '../../../trace/batches/sender.ts'
import type { EventBatch } from '../../../trace/events/events.ts'
import { leaseSession } from '../../../trace/host.ts'
import { toJobSpec } from '../../../trace/requests/job-of-request.ts'
import { createPodView, NO_PODS } from '../../../trace/requests/pod-view.ts'
import type { TraceLimits } from '../../../trace/requests/request.ts'
import { createTargets } from '../../../trace/requests/targets.ts'
import type { Subscription, TraceSession } from '../../../trace/session/session.ts'
import type { EbpfConfig } from '../config.ts'
import type { TraceConfig } from './config.ts'
import { toOrigin } from './pod-config.ts'
import { toRequest } from './request.ts'
import { observeTracing } from './telemetry.ts'
import { TraceTurns, type Turn } from './turns.ts'

/** Events are sent this often; what the queue holds meanwhile is bounded by queue_size. */
const LOOK_MS = 100
/** No look for this long means that there are no more. */
const MAX_SILENCE_MS = 30_000

/** The machine that the tracer runs on. */
export interface TraceMachine {
  readonly clock: Clock
  leaseSession: typeof leaseSession
  openPods: typeof openPods
  /** CLOCK_MONOTONIC. */
  monotonicNs(): bigint
  /** Where all that is seen is; undefined: not to be said. */
  detectOrigin: typeof detectOrigin
}

const thisMachine: TraceMachine = {
  clock: systemClock,
  leaseSession,
  openPods,
  monotonicNs: () => process.hrtime.bigint(),
  detectOrigin,
}

interface Running {
  readonly session: TraceSession
  readonly subscription: Subscription
  readonly sender: Sender
  readonly turns: TraceTurns
  readonly turn: Turn
  /** Called at the end. */
  readonly cleanups: (() => void)[]
}

/** Who is told how the looks go. */
interface Watched {
  readonly host: Host
  readonly looked: Heartbeat
  readonly taken: Heartbeat
}

export class EbpfTracer implements Component {
  readonly #create: Create<EbpfConfig>
  readonly #next: Consumers
  readonly #machine: TraceMachine
  /** It looks no more. */
  readonly #ending = new AbortController()
  readonly #abort = new AbortController()
  readonly #leases: Lease<unknown>[] = []
  #running: Running | undefined
  /** The send in progress. Never rejects. */
  #sending: Promise<void> | undefined
  /** A look has failed, and none has succeeded since. */
  #isFailing = false

  constructor(create: Create<EbpfConfig>, next: Consumers, machine: TraceMachine = thisMachine) {
    this.#create = create
    this.#next = next
    this.#machine = machine
  }

  /** While another instance of this id runs, this one subscribes, and only waits for its turn. */
  async start(host: Host): Promise<void> {
    const { config, id, log } = this.#create
    const { clock, detectOrigin } = this.#machine
    const [kernel, cluster] = hostsOfParts(host, 2) as [Host, Host]
    const cleanups: (() => void)[] = []
    const turns = this.#keep(await host.service(`tracing of receivers::${id}`, () => new TraceTurns()))
    const pods = await this.#openPods(cluster)
    const request = toRequest(config.trace)
    const session = await this.#openSession(kernel, request.limits)
    for (const { capabilities, why } of session.laterNeeds()) host.retain(capabilities, why)
    const view = pods ? createPodView(pods, () => clock.monotonicMs()) : NO_PODS
    const subscription = session.subscribe(
      toJobSpec(id, request, createTargets(request.targets, view)),
      request.limits,
    )
    if (pods) cleanups.push(runStore(pods, cluster))
    const sender = new Sender({
      next: this.#next,
      abis: session.abis,
      clock,
      describe: createDescribe(detectOrigin(config.resource_detection, log)),
      log,
      abort: this.#abort.signal,
    })
    const turn: Turn = before => this.#begin(kernel, before)
    this.#running = { session, subscription, sender, turns, turn, cleanups }
    turns.join(turn)
  }

  /** Sends what there is and detaches. Processes that live end their spans here. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const running = this.#running
    this.#running = undefined
    try {
      if (running) await this.#finish(running, abort)
    } finally {
      for (const cleanup of running?.cleanups ?? []) cleanup()
      for (const lease of this.#leases) await lease.release(abort)
    }
  }

  #keep<T>(lease: Lease<T>): T {
    this.#leases.push(lease)
    return lease.value
  }

  async #openPods(host: Host): Promise<PodStore | undefined> {
    const { config, log } = this.#create
    const { pods } = config.trace
    const { clock, openPods } = this.#machine
    return pods && this.#keep(await openPods(toOrigin(pods), host, { clock, log }))
  }

  async #openSession(host: Host, { callsPerSecond: _, ...copied }: TraceLimits): Promise<TraceSession> {
    const { config } = this.#create
    const { ring_size: ringBytes, queue_size: queueBytes } = config.trace
    const options = { ...copied, ringBytes, queueBytes, roots: toRoots(config) }
    return this.#keep(await this.#machine.leaseSession(host, options))
  }

  /** Goes on where the instance before ended, if there was one. */
  #begin(host: Host, before: TraceSession | undefined): void {
    const { config, id, log, meter } = this.#create
    const { session, subscription, turns, cleanups } = this.#running!
    // Where nobody else has looked, what came so far is in the rings.
    if (before && before !== session) this.#guard(host, () => subscription.take())
    if (before) subscription.skip()
    const expect = (name: string, what: 'live' | 'ready') =>
      host.expectBeats({ name, for: what, maxSilenceMs: MAX_SILENCE_MS })
    const looked = expect('looks at traced calls', 'live')
    const taken = expect('traced calls that the pipelines take', 'ready')
    const stopLooking = this.#machine.clock.every(LOOK_MS, () => this.#look({ host, looked, taken }))
    for (const stop of [stopLooking, looked.stop, taken.stop]) onAbort(this.#ending.signal, stop)
    cleanups.push(observeTracing(meter, id, session, turns.counts))
    log.info({ syscalls: config.trace.syscalls, ...describeTargets(config.trace) }, 'tracing system calls')
    host.report('ok')
  }

  async #finish({ session, subscription, sender, turns, turn }: Running, abort: AbortSignal): Promise<void> {
    this.#ending.abort()
    using _ = onAbort(abort, () => this.#abort.abort(abort.reason))
    await this.#sending
    let batch: EventBatch
    let isItsTurn = false
    try {
      batch = subscription.end()
    } finally {
      isItsTurn = turns.end(turn, session)
    }
    if (!isItsTurn) return subscription.skip()
    while (subscription.hasMore) {
      turns.counts.add(batch)
      await sender.send(batch)
      batch = subscription.take()
    }
    turns.counts.add(batch)
    await sender.send(batch, this.#machine.monotonicNs())
  }

  /** Nothing while the last batch is on its way: the queue, then the rings, hold what comes meanwhile, and count what does not fit. */
  #look(watched: Watched): void {
    if (!this.#running) return
    if (this.#sending) watched.looked.beat()
    else this.#lookNow(this.#running, watched)
  }

  #lookNow(running: Running, { host, looked, taken }: Watched): void {
    const { subscription, turns } = running
    taken.beat()
    this.#guard(host, () => {
      const batch = subscription.take()
      looked.beat()
      if (this.#isFailing) host.report('ok')
      this.#isFailing = false
      turns.counts.add(batch)
      if (batch.length === 0 && batch.gaps.length === 0) return
      this.#sending = this.#sendAll(batch, running, taken)
        .catch(error => this.#fail(host, error))
        .finally(() => {
          this.#sending = undefined
        })
    })
  }

  /**
   * One piece after the other, so that no more than one is on its way. A look that brings more than one is followed by the next at once; what
   * else the process has to do comes between two pieces.
   */
  async #sendAll(
    first: EventBatch,
    { subscription, sender, turns }: Running,
    taken: Heartbeat,
  ): Promise<void> {
    let isBusy = subscription.hasMore
    await sender.send(first)
    while (isBusy && !this.#ending.signal.aborted) {
      await anotherTurn()
      taken.beat()
      isBusy = subscription.hasMore
      const batch = subscription.take()
      isBusy ||= subscription.hasMore
      turns.counts.add(batch)
      await sender.send(batch)
    }
  }

  #guard(host: Host, read: () => void): void {
    try {
      read()
    } catch (error) {
      this.#fail(host, error)
    }
  }

  #fail(host: Host, error: unknown): void {
    this.#isFailing = true
    this.#create.log.error({ error: String(error) }, 'reading traced calls failed')
    host.report('recoverable', error as Error)
  }
}

/** For the log. */
function describeTargets({ from, pods }: TraceConfig): Record<string, unknown> {
  if (!pods) return { from }
  const { namespaces, names, label_selector, field_selector, containers } = pods
  return { pods: { namespaces, names, label_selector, field_selector, containers } }
}
