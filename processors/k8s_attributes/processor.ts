/** The `k8s_attributes` processor. */
import { isIP } from 'node:net'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Lease } from '../../kubernetes/pods/shared-store.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumer, Create, Host } from '../../pipeline/component.ts'
import type { MetricsBatch, Resource } from '../../pipeline/data/metrics.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Config } from './config.ts'
import { type Decision, Resolver } from './resolver.ts'
import { isCumulative, Rewriter } from './rewriter.ts'
import { createTelemetry, isUnresolved, type Telemetry } from './telemetry.ts'

/**
 * Gives resources the attributes of their pods. What cannot be named yet is held back for a while, which loses nothing since
 * batches are cumulative. The batch is not written to.
 */
export class K8sAttributes implements Component, Consumer<'metrics'> {
  readonly mutates = false
  readonly #create: Create<Config>
  readonly #next: Consumer<'metrics'>
  readonly #clock: Clock
  readonly #telemetry: Telemetry
  readonly #rewriter: Rewriter
  #lease: Lease | undefined
  #resolver: Resolver | undefined
  #unsubscribe = () => {}
  #unresolved = 0
  /** What was held back of the last batch. */
  #held: MetricsBatch | undefined

  constructor(create: Create<Config>, next: Consumer<'metrics'>, clock: Clock = systemClock) {
    this.#create = create
    this.#next = next
    this.#clock = clock
    this.#telemetry = createTelemetry(create.meter, create.id)
    this.#rewriter = new Rewriter(create.config.aggregate_retention)
  }

  async start(host: Host, abort: AbortSignal): Promise<void> {
    const { config, log } = this.#create
    if (config.passthrough) return
    // Loaded here, so that an agent without Kubernetes goes without.
    const { leasePods } = await import('./store.ts')
    this.#lease = await leasePods(config, { clock: this.#clock, log })
    const { store } = this.#lease
    this.#resolver = new Resolver(config, store, this.#clock)
    this.#telemetry.observe(store, () => ({
      held: this.#resolver?.held ?? 0,
      unresolved: this.#unresolved,
      aggregates: this.#rewriter.aggregates,
    }))
    this.#unsubscribe = store.subscribe(() => reportStatus(store, host))
    store.start()
    reportStatus(store, host)
    if (config.wait_for_metadata) await this.#waitForSync(store, abort)
  }

  async consume(batch: MetricsBatch, abort: AbortSignal): Promise<void> {
    const resolver = this.#resolver
    if (!resolver) {
      await this.#next.consume({ ...batch, resources: batch.resources.map(passThrough) }, abort)
      return
    }
    const decisions = resolver.decide(batch.resources, isCumulative(batch))
    this.#telemetry.decided(decisions)
    await this.#send(batch, decisions, abort)
  }

  /** Sends what was held back, unnamed. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const [held, resolver] = [this.#held, this.#resolver]
    this.#held = undefined
    try {
      if (held && resolver) await this.#flush(held, resolver, abort)
    } finally {
      this.#unsubscribe()
      this.#telemetry.close()
      this.#lease?.release()
      this.#resolver = undefined
    }
  }

  async #send(batch: MetricsBatch, decisions: readonly Decision[], abort: AbortSignal): Promise<void> {
    this.#unresolved = decisions.filter(isUnresolved).length
    const { out, droppedPoints, held, ended } = this.#rewriter.rewrite(
      batch,
      decisions,
      this.#clock.monotonicMs(),
    )
    this.#held = held
    for (const id of ended) this.#resolver?.forget(id)
    if (droppedPoints > 0) this.#telemetry.dropped(droppedPoints)
    await this.#next.consume(out, abort)
  }

  async #flush(held: MetricsBatch, resolver: Resolver, abort: AbortSignal): Promise<void> {
    const decisions = resolver
      .decide(held.resources, true)
      .map(decision => (decision.kind === 'hold' ? decision.otherwise : decision))
    await this.#send(held, decisions, abort)
  }

  #waitForSync(store: PodStore, abort: AbortSignal): Promise<void> {
    const ms = this.#create.config.wait_for_metadata_timeout
    return new Promise((resolve, reject) => {
      const check = () => {
        if (store.isSynced) settle()
        else if (abort.aborted) settle(abort.reason)
      }
      const settle = (error?: Error) => {
        unsubscribe()
        cancel()
        abort.removeEventListener('abort', check)
        if (error) reject(error)
        else resolve()
      }
      const unsubscribe = store.subscribe(check)
      const cancel = this.#clock.after(ms, () => settle(notSynced(ms, store.problem)))
      abort.addEventListener('abort', check)
      check()
    })
  }
}

function notSynced(ms: number, problem: Error | undefined): SwollError {
  const why = problem ? `: ${problem.message}` : ''
  const message = `wait_for_metadata: the pods of this node must be known within ${ms / 1000} s${why}; set wait_for_metadata to false to start without`
  return new SwollError('COMPONENT_START_FAILED', message, { cause: problem })
}

function reportStatus({ problem }: PodStore, host: Host): void {
  if (problem) host.report('degraded', problem)
  else host.report('ok')
}

/** Without an API there is only the address that the resource may have. */
function passThrough(resource: Resource): Resource {
  const { attributes } = resource
  const ip = attributes['k8s.pod.ip'] ?? attributes.ip ?? attributes['host.name']
  if (attributes['k8s.pod.ip'] !== undefined || typeof ip !== 'string' || isIP(ip) === 0) return resource
  return { ...resource, attributes: { ...attributes, 'k8s.pod.ip': ip } }
}
