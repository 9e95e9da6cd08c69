/** The `k8s_attributes` processor for log records and spans. */
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumer, Create, Host } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { countRows } from '../../pipeline/data/items.ts'
import { selectLogs, selectSpans } from '../../pipeline/data/select-events.ts'
import { settlesBefore } from '../../pipeline/deadline.ts'
import { pause } from '../../pipeline/pause.ts'
import type { Config } from './config.ts'
import { passThrough } from './passthrough.ts'
import type { Decision, Resolver } from './resolver.ts'
import { PodSession } from './session.ts'

type EventSignal = 'logs' | 'traces'
type Select<S extends EventSignal> = (batch: Batches[S], isKept: readonly boolean[]) => Batches[S]

const SELECT: { readonly [S in EventSignal]: Select<S> } = { logs: selectLogs, traces: selectSpans }

/** Events come only once, and soon: none waits for its pod longer than this. */
const MAX_WAIT_MS = 1000
/** How often a batch that waits looks for its pods. */
const LOOK_MS = 50

/**
 * Gives resources the attributes of their pods. A batch with a resource that is not known yet waits, at most until a second after
 * that resource was first seen; then it passes with what is known. The batch is not written to.
 */
export class K8sEvents<S extends EventSignal> implements Component, Consumer<S> {
  readonly mutates = false
  readonly #next: Consumer<S>
  readonly #clock: Clock
  readonly #select: Select<S>
  readonly #session: PodSession
  readonly #underWay = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  constructor(
    create: Create<Config>,
    next: Consumer<S>,
    { signal, clock = systemClock }: { readonly signal: S; readonly clock?: Clock },
  ) {
    this.#next = next
    this.#clock = clock
    this.#select = SELECT[signal]
    this.#session = new PodSession({ ...create, config: forEvents(create.config) }, signal, clock)
  }

  start(host: Host, abort: AbortSignal): Promise<void> {
    return this.#session.start(host, abort)
  }

  async consume(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const work = this.#process(batch, abort).finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
    await work
  }

  /** Sends what waits, with what is known. */
  async shutdown(abort: AbortSignal): Promise<void> {
    this.#closing.abort()
    await settlesBefore(Promise.allSettled(this.#underWay), abort) // whoever called `consume` gets the errors
    await this.#session.close(abort)
  }

  async #process(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const { resolver, telemetry } = this.#session
    if (!resolver) {
      await this.#next.consume({ ...batch, resources: batch.resources.map(passThrough) }, abort)
      return
    }
    const decisions = await this.#decide(batch, resolver, abort)
    telemetry.decided(decisions)
    const named = {
      ...batch,
      resources: decisions.map((decision, i) => toSend(decision) ?? batch.resources[i]!),
    }
    const out = this.#select(
      named,
      decisions.map(({ kind }) => kind !== 'drop'),
    )
    const dropped = countRows(batch) - countRows(out)
    if (dropped > 0) telemetry.dropped(dropped)
    if (out.tables.length > 0) await this.#next.consume(out, abort)
  }

  /** Waits while any resource may, unless and until `abort` or a shutdown comes. */
  async #decide({ resources }: Batches[S], resolver: Resolver, abort: AbortSignal): Promise<Decision[]> {
    let decisions = resolver.decide(resources, true)
    if (!decisions.some(isHeld)) return decisions
    const hurry = AbortSignal.any([abort, this.#closing.signal])
    while (decisions.some(isHeld) && !hurry.aborted) {
      await pause(this.#clock, LOOK_MS, hurry)
      decisions = resolver.decide(resources, true)
    }
    return decisions
  }
}

/** Each event is one, and stays with its container. */
function forEvents(config: Config): Config {
  return {
    ...config,
    wait: Math.min(config.wait, MAX_WAIT_MS),
    unresolved: 'pass',
    aggregate_to: 'container',
  }
}

const isHeld = ({ kind }: Decision) => kind === 'hold'

/** Undefined: of what is dropped. */
function toSend(decision: Decision) {
  if (decision.kind === 'hold') return decision.otherwise.resource
  return decision.kind === 'send' ? decision.resource : undefined
}
