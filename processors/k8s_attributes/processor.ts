/** The `k8s_attributes` processor for metrics. */
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumer, Create, Host } from '../../pipeline/component.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { hasBegunAnew } from '../../pipeline/data/stream-key.ts'
import type { Config } from './config.ts'
import { passThrough } from './passthrough.ts'
import type { Decision, Resolver } from './resolver.ts'
import { isCumulative, Rewriter } from './rewriter.ts'
import { PodSession } from './session.ts'
import { isUnresolved } from './telemetry.ts'

/**
 * Gives resources the attributes of their pods. What cannot be named yet is held back for a while, which loses nothing since
 * batches are cumulative. The batch is not written to.
 */
export class K8sAttributes implements Component, Consumer<'metrics'> {
  readonly mutates = false
  readonly #next: Consumer<'metrics'>
  readonly #clock: Clock
  readonly #rewriter: Rewriter
  readonly #session: PodSession
  #unresolved = 0
  /** The part of the last batch that was held back. */
  #held: MetricsBatch | undefined

  constructor(create: Create<Config>, next: Consumer<'metrics'>, clock: Clock = systemClock) {
    this.#next = next
    this.#clock = clock
    this.#rewriter = new Rewriter(create.config.aggregate_retention)
    this.#session = new PodSession(create, 'metrics', clock)
  }

  start(host: Host, abort: AbortSignal): Promise<void> {
    return this.#session.start(host, abort, () => ({
      held: this.#session.resolver?.held ?? 0,
      unresolved: this.#unresolved,
      aggregates: this.#rewriter.aggregates,
    }))
  }

  async consume(batch: MetricsBatch, abort: AbortSignal): Promise<void> {
    const { resolver, telemetry } = this.#session
    if (!resolver) {
      await this.#next.consume({ ...batch, resources: batch.resources.map(passThrough) }, abort)
      return
    }
    // The next batch has nothing of what was held back, if its series began anew.
    if (this.#held && hasBegunAnew(this.#held, batch)) await this.#flush(this.#held, resolver, abort)
    const decisions = resolver.decide(batch.resources, isCumulative(batch))
    telemetry.decided(decisions)
    await this.#send(batch, decisions, abort)
  }

  /** Sends what was held back, unnamed. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const [held, { resolver }] = [this.#held, this.#session]
    this.#held = undefined
    try {
      if (held && resolver) await this.#flush(held, resolver, abort)
    } finally {
      await this.#session.close(abort)
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
    for (const id of ended) this.#session.resolver?.forget(id)
    if (droppedPoints > 0) this.#session.telemetry.dropped(droppedPoints)
    await this.#next.consume(out, abort)
  }

  async #flush(held: MetricsBatch, resolver: Resolver, abort: AbortSignal): Promise<void> {
    const decisions = resolver
      .decide(held.resources, true)
      .map(decision => (decision.kind === 'hold' ? decision.otherwise : decision))
    await this.#send(held, decisions, abort)
  }
}
