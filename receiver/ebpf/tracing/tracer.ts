/** Traces for the logs and traces pipelines of the `ebpf` receiver: one subscription to a session, as configured. */

import { toRoots } from '../../../kernel/cgroups/roots.ts'
import { openPods } from '../../../kubernetes/pods/open.ts'
import type { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import { runStore } from '../../../kubernetes/pods/run-store.ts'
import { onAbort } from '../../../pipeline/abort.ts'
import { type Cancel, type Clock, systemClock } from '../../../pipeline/clock.ts'
import type { Component, Consumers, Create, Host } from '../../../pipeline/component.ts'
import type { Heartbeat } from '../../../pipeline/health.ts'
import { createDescribe } from '../../../pipeline/resource-detection/describe.ts'
import { detectOrigin } from '../../../pipeline/resource-detection/origin.ts'
import type { Lease } from '../../../pipeline/services.ts'
import { hostsOfParts } from '../../../pipeline/status.ts'
import { leaseSession } from '../../../trace/host.ts'
import { toJobSpec } from '../../../trace/requests/job-of-request.ts'
import { createPodView, NO_PODS, type PodView } from '../../../trace/requests/pod-view.ts'
import type { TraceLimits } from '../../../trace/requests/request.ts'
import { createTargets } from '../../../trace/requests/targets.ts'
import type { Subscription, TraceSession } from '../../../trace/session/session.ts'
import type { EbpfConfig } from '../config.ts'
import type { TraceConfig } from './config.ts'
import { toOrigin } from './pod-config.ts'
import { toRequest } from './request.ts'
import { Sender } from './sender.ts'
import { observeTracing, TraceCounts } from './telemetry.ts'

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
  readonly subscription: Subscription
  readonly sender: Sender
  readonly counts: TraceCounts
  readonly host: Host
  readonly looked: Heartbeat
  readonly taken: Heartbeat
  readonly stopObserving: () => void
}

export class EbpfTracer implements Component {
  readonly #create: Create<EbpfConfig>
  readonly #next: Consumers
  readonly #machine: TraceMachine
  readonly #abort = new AbortController()
  #pods: Lease<PodStore> | undefined
  #session: Lease<TraceSession> | undefined
  #running: Running | undefined
  #cancel: Cancel = () => {}
  #stopReporting = () => {}
  /** The send in progress. */
  #sending: Promise<void> | undefined

  constructor(create: Create<EbpfConfig>, next: Consumers, machine: TraceMachine = thisMachine) {
    this.#create = create
    this.#next = next
    this.#machine = machine
  }

  async start(host: Host): Promise<void> {
    const { config, id, log, meter } = this.#create
    const { clock, detectOrigin } = this.#machine
    const [kernel, cluster] = hostsOfParts(host, 2) as [Host, Host]
    const view = await this.#openPods(cluster)
    const request = toRequest(config.trace)
    const session = await this.#openSession(kernel, request.limits)
    for (const { capabilities, why } of session.laterNeeds()) host.retain(capabilities, why)
    const subscription = session.subscribe(
      toJobSpec(id, request, createTargets(request.targets, view)),
      request.limits,
    )
    const counts = new TraceCounts()
    const sender = new Sender({
      next: this.#next,
      abis: session.abis,
      clock,
      describe: createDescribe(detectOrigin(config.resource_detection, log)),
      log,
      abort: this.#abort.signal,
    })
    if (this.#pods) this.#stopReporting = runStore(this.#pods.value, cluster)
    const expect = (name: string, what: 'live' | 'ready') =>
      host.expectBeats({ name, for: what, maxSilenceMs: MAX_SILENCE_MS })
    const looked = expect('looks at traced calls', 'live')
    const taken = expect('traced calls that the pipelines take', 'ready')
    const stopObserving = observeTracing(meter, id, session, counts)
    this.#running = { subscription, counts, sender, host: kernel, looked, taken, stopObserving }
    this.#cancel = clock.every(LOOK_MS, () => this.#look())
    log.info({ syscalls: config.trace.syscalls, ...describeTargets(config.trace) }, 'tracing system calls')
    kernel.report('ok')
  }

  /** Sends what there is and detaches. Processes that live end their spans here. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const running = this.#running
    this.#running = undefined
    try {
      if (running) await this.#finish(running, abort)
    } finally {
      this.#stopReporting()
      await this.#session?.release(abort)
      await this.#pods?.release(abort)
    }
  }

  async #openPods(host: Host): Promise<PodView> {
    const { config, log } = this.#create
    const { pods } = config.trace
    if (!pods) return NO_PODS
    const { clock, openPods } = this.#machine
    this.#pods = await openPods(toOrigin(pods), host, { clock, log })
    return createPodView(this.#pods.value, () => clock.monotonicMs())
  }

  async #openSession(host: Host, { callsPerSecond: _, ...copied }: TraceLimits): Promise<TraceSession> {
    const { config } = this.#create
    const { ring_size: ringBytes, queue_size: queueBytes } = config.trace
    const options = { ...copied, ringBytes, queueBytes, roots: toRoots(config) }
    this.#session = await this.#machine.leaseSession(host, options)
    return this.#session.value
  }

  async #finish(running: Running, abort: AbortSignal): Promise<void> {
    const { subscription, counts, sender, looked, taken, stopObserving } = running
    this.#cancel()
    looked.stop()
    taken.stop()
    using _ = onAbort(abort, () => this.#abort.abort(abort.reason))
    try {
      await this.#sending
      const batch = subscription.end()
      counts.add(batch)
      await sender.send(batch, this.#machine.monotonicNs())
    } finally {
      stopObserving()
    }
  }

  /** Nothing while the last batch is on its way: the queue, then the rings, hold what comes meanwhile, and count what does not fit. */
  #look(): void {
    const running = this.#running
    if (!running) return
    if (this.#sending) running.looked.beat()
    else this.#lookNow(running)
  }

  #lookNow(running: Running): void {
    running.taken.beat()
    try {
      const batch = running.subscription.take()
      running.counts.add(batch)
      running.looked.beat()
      if (batch.length === 0 && batch.gaps.length === 0) return
      this.#sending = running.sender.send(batch).finally(() => {
        this.#sending = undefined
      })
    } catch (error) {
      this.#create.log.error({ error: String(error) }, 'reading traced calls failed')
      running.host.report('degraded', error as Error)
    }
  }
}

/** For the log. */
function describeTargets({ from, pods }: TraceConfig): Record<string, unknown> {
  if (!pods) return { from }
  const { namespaces, names, label_selector, field_selector, containers } = pods
  return { pods: { namespaces, names, label_selector, field_selector, containers } }
}
