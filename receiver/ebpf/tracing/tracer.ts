/** Traces for the logs and traces pipelines of the `ebpf` receiver: one job, as configured. */

import { type HostRoots, toRoots } from '../../../kernel/cgroups/roots.ts'
import type { Lease } from '../../../kubernetes/pods/shared-store.ts'
import { onAbort } from '../../../pipeline/abort.ts'
import { type Cancel, type Clock, systemClock } from '../../../pipeline/clock.ts'
import type { Component, Consumers, Create, Host } from '../../../pipeline/component.ts'
import type { Heartbeat } from '../../../pipeline/health.ts'
import { createDescribe } from '../../../pipeline/resource-detection/describe.ts'
import { detectOrigin } from '../../../pipeline/resource-detection/origin.ts'
import { hostsOfParts } from '../../../pipeline/status.ts'
import type { Logger } from '../../../pipeline/telemetry.ts'
import { createCallSet } from '../../../syscalls/call-set.ts'
import { openSession } from '../../../trace/host.ts'
import { toFilter } from '../../../trace/requests/job-of-request.ts'
import type { JobSpec } from '../../../trace/requests/jobs.ts'
import { createTargets } from '../../../trace/requests/targets.ts'
import type { TraceSession } from '../../../trace/session/session.ts'
import type { EbpfConfig } from '../config.ts'
import type { TraceConfig } from './config.ts'
import type { PodsConfig } from './pod-config.ts'
import { leaseSelected, SelectedPods } from './selected-pods.ts'
import { Sender } from './sender.ts'
import { observeTracing, TraceCounts } from './telemetry.ts'

/** Events are sent this often; what the queue holds meanwhile is bounded by queue_size. */
const LOOK_MS = 100
/** No look for this long means that there are no more. */
const MAX_SILENCE_MS = 30_000

/** What the tracer needs of the machine it runs on. */
interface TraceMachine {
  readonly clock: Clock
  /** Throws what openSession throws. */
  open(config: TraceConfig, roots: HostRoots): TraceSession
  /** Whoever knows the pods of this node. Rejects with KUBERNETES_CONFIG_INVALID. */
  leasePods(config: PodsConfig, log: Logger): Promise<Lease>
  /** CLOCK_MONOTONIC. */
  monotonicNs(): bigint
  /** Where all that is seen is; undefined: not to be said. */
  detectOrigin: typeof detectOrigin
}

const thisMachine: TraceMachine = {
  clock: systemClock,
  open: (config, roots) =>
    openSession({
      roots,
      ringBytes: config.ring_size,
      queueBytes: config.queue_size,
      stringLimit: config.string_limit,
      payloadLimit: config.payload_limit,
      hasDescriptors: config.descriptors,
      hasEnvironments: config.environments,
      limits: { rateLimit: config.rate_limit },
    }),
  leasePods: (config, log) => leaseSelected(config, systemClock, log),
  monotonicNs: () => process.hrtime.bigint(),
  detectOrigin,
}

interface Running {
  readonly session: TraceSession
  readonly sender: Sender
  readonly counts: TraceCounts
  readonly host: Host
  readonly looked: Heartbeat
  readonly taken: Heartbeat
  /** Before each look. */
  readonly askAgain: () => void
}

export class EbpfTracer implements Component {
  readonly #create: Create<EbpfConfig>
  readonly #next: Consumers
  readonly #machine: TraceMachine
  readonly #abort = new AbortController()
  #pods: SelectedPods | undefined
  #running: Running | undefined
  #cancel: Cancel = () => {}
  #stopObserving = () => {}
  /** The send in progress. */
  #sending: Promise<void> | undefined

  constructor(create: Create<EbpfConfig>, next: Consumers, machine: TraceMachine = thisMachine) {
    this.#create = create
    this.#next = next
    this.#machine = machine
  }

  async start(host: Host): Promise<void> {
    const { config, id, log, meter } = this.#create
    const [kernel, cluster] = hostsOfParts(host, 2) as [Host, Host]
    const { pods } = config.trace
    if (pods)
      this.#pods = new SelectedPods(pods, await this.#machine.leasePods(pods, log), this.#machine.clock)
    const session = this.#machine.open(config.trace, toRoots(config))
    for (const { capabilities, why } of session.laterNeeds()) host.retain(capabilities, why)
    session.addJob(toJob(id, config.trace, this.#pods))
    const counts = new TraceCounts()
    const sender = new Sender({
      next: this.#next,
      abis: session.abis,
      clock: this.#machine.clock,
      describe: createDescribe(this.#machine.detectOrigin(config.resource_detection, log)),
      log,
      abort: this.#abort.signal,
    })
    const askAgain = this.#pods?.follow(session, cluster) ?? (() => {})
    const expect = (name: string, what: 'live' | 'ready') =>
      host.expectBeats({ name, for: what, maxSilenceMs: MAX_SILENCE_MS })
    const looked = expect('looks at traced calls', 'live')
    const taken = expect('traced calls that the pipelines take', 'ready')
    this.#running = { session, counts, sender, host: kernel, looked, taken, askAgain }
    this.#stopObserving = observeTracing(meter, id, session, counts)
    this.#cancel = this.#machine.clock.every(LOOK_MS, () => this.#look())
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
      this.#pods?.close()
    }
  }

  async #finish({ session, counts, sender, looked, taken }: Running, abort: AbortSignal): Promise<void> {
    this.#cancel()
    looked.stop()
    taken.stop()
    using _ = onAbort(abort, () => this.#abort.abort(abort.reason))
    try {
      await this.#sending
      if (this.#pods) session.refresh() // nothing waits any longer: what is known by now counts
      const batch = session.take(true)
      counts.add(batch)
      await sender.send(batch, this.#machine.monotonicNs())
    } finally {
      this.#stopObserving()
      session.close()
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
      running.askAgain()
      const batch = running.session.take()
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

function toJob(name: string, config: TraceConfig, pods: SelectedPods | undefined): JobSpec {
  const { errors } = config
  const filter = toFilter({
    minNs: config.min_latency * 1e6,
    sample: config.sample,
    ...(errors.length > 0 && { errors: errors.includes('any') ? [] : errors }),
  })
  return {
    name,
    wantsCall: createCallSet(config.syscalls),
    wants: pods?.wants ?? toWants(config),
    ...(filter && { filter }),
  }
}

function toWants({ from, containers, units }: TraceConfig): NonNullable<JobSpec['wants']> {
  // Nothing of this is asked of pods: containers are known by their ids alone.
  const nobody = { findPlace: () => undefined, isOverdue: () => true }
  if (units.length > 0) return createTargets({ kind: 'units', units }, nobody).decide
  if (from === 'all') return () => 'yes'
  if (from === 'host') return createTargets({ kind: 'host' }, nobody).decide
  const any = { namespaces: [], pods: [], labels: '', fields: '', withOptedOut: true, isFollowing: true }
  return createTargets({ kind: 'containers', containers, ...any }, nobody).decide
}

/** For the log. */
function describeTargets({ from, pods }: TraceConfig): Record<string, unknown> {
  if (!pods) return { from }
  const { namespaces, names, label_selector, field_selector, containers } = pods
  return { pods: { namespaces, names, label_selector, field_selector, containers } }
}
