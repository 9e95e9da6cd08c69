/** Traces for the logs and traces pipelines of the `ebpf` receiver: one job, as configured. */
import { type Cancel, type Clock, systemClock } from '../../../pipeline/clock.ts'
import type { Component, Consumers, Create, Host } from '../../../pipeline/component.ts'
import { createCallSet } from '../../../syscalls/call-set.ts'
import type { EbpfConfig } from '../config.ts'
import type { TraceConfig } from './config.ts'
import { openSession } from './host.ts'
import { toFilter } from './job-of-request.ts'
import type { JobSpec } from './jobs.ts'
import { Sender } from './sender.ts'
import type { TraceSession } from './session.ts'
import { createTargets } from './targets.ts'
import { observeTracing, TraceCounts } from './telemetry.ts'

/** Events are sent this often; what the queue holds meanwhile is bounded by queue_size. */
const LOOK_MS = 100

/** What the tracer needs of the machine it runs on. */
export interface TraceMachine {
  readonly clock: Clock
  /** Throws what openSession throws. */
  open(config: TraceConfig): TraceSession
  /** CLOCK_MONOTONIC. */
  monotonicNs(): bigint
}

const thisMachine: TraceMachine = {
  clock: systemClock,
  open: config =>
    openSession({
      ringBytes: config.ring_size,
      queueBytes: config.queue_size,
      stringLimit: config.string_limit,
      payloadLimit: config.payload_limit,
      hasDescriptors: config.descriptors,
      hasEnvironments: config.environments,
      limits: { rateLimit: config.rate_limit },
    }),
  monotonicNs: () => process.hrtime.bigint(),
}

interface Running {
  readonly session: TraceSession
  readonly sender: Sender
  readonly counts: TraceCounts
}

export class EbpfTracer implements Component {
  readonly #create: Create<EbpfConfig>
  readonly #next: Consumers
  readonly #machine: TraceMachine
  readonly #abort = new AbortController()
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
    const session = this.#machine.open(config.trace)
    for (const { capabilities, why } of session.laterNeeds()) host.retain(capabilities, why)
    session.addJob(toJob(id, config.trace))
    const counts = new TraceCounts()
    const sender = new Sender({
      next: this.#next,
      abis: session.abis,
      clock: this.#machine.clock,
      log,
      abort: this.#abort.signal,
    })
    this.#running = { session, counts, sender }
    this.#stopObserving = observeTracing(meter, id, session, counts)
    this.#cancel = this.#machine.clock.every(LOOK_MS, () => this.#look(host))
    log.info({ syscalls: config.trace.syscalls, from: config.trace.from }, 'tracing system calls')
    host.report('ok')
  }

  /** Sends what there is and detaches. Processes that live end their spans here. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const running = this.#running
    if (!running) return
    this.#running = undefined
    this.#cancel()
    const giveUp = (): void => this.#abort.abort(abort.reason)
    abort.addEventListener('abort', giveUp, { once: true })
    if (abort.aborted) giveUp()
    try {
      await this.#sending
      const batch = running.session.take(true)
      running.counts.add(batch)
      await running.sender.send(batch, this.#machine.monotonicNs())
    } finally {
      this.#stopObserving()
      running.session.close()
    }
  }

  /** Nothing while the last batch is on its way: the queue, then the rings, hold what comes meanwhile, and count what does not fit. */
  #look(host: Host): void {
    const running = this.#running
    if (!running || this.#sending) return
    try {
      const batch = running.session.take()
      running.counts.add(batch)
      if (batch.length === 0 && batch.gaps.length === 0) return
      this.#sending = running.sender.send(batch).finally(() => {
        this.#sending = undefined
      })
    } catch (error) {
      this.#create.log.error({ error: String(error) }, 'reading traced calls failed')
      host.report('degraded', error as Error)
    }
  }
}

function toJob(name: string, config: TraceConfig): JobSpec {
  const { errors } = config
  const filter = toFilter({
    minNs: config.min_latency * 1e6,
    sample: config.sample,
    ...(errors.length > 0 && { errors: errors.includes('any') ? [] : errors }),
  })
  return {
    name,
    wantsCall: createCallSet(config.syscalls),
    wants: toWants(config),
    ...(filter && { filter }),
  }
}

function toWants({ from, containers, units }: TraceConfig): NonNullable<JobSpec['wants']> {
  // Without the store of pods, which is a processor's: containers are known by their ids alone.
  const nobody = () => undefined
  if (units.length > 0) return createTargets({ kind: 'units', units }, nobody).decide
  if (from === 'all') return () => 'yes'
  if (from === 'host') return createTargets({ kind: 'host' }, nobody).decide
  const any = { namespaces: [], pods: [], labels: '', fields: '', isFollowing: true }
  return createTargets({ kind: 'containers', containers, ...any }, nobody).decide
}
