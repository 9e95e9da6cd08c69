import { type Clock, systemClock } from '../clock.ts'
import type { Consumer, Refusal, Signal } from '../component.ts'
import type { Batches } from '../data/batches.ts'
import { copyBatch } from '../data/copy.ts'
import { settlesBefore, startDeadline } from '../deadline.ts'
import { PipelineError } from '../errors.ts'
import type { Logger } from '../telemetry.ts'

/** One of those that share the data of a fan-out. */
interface Branch<S extends Signal> {
  /** For errors, logs and the drop counter, e.g. `exporters::otlp`. */
  readonly name: string
  readonly consumer: Consumer<S>
}

/** A branch, and the batches that it has not finished. */
class Lane<S extends Signal> {
  readonly branch: Branch<S>
  readonly #unfinished = new Set<Promise<void>>()
  /** True from `fallBehind` until all that was under way is finished: nobody should wait for it. */
  isLagging = false

  constructor(branch: Branch<S>) {
    this.branch = branch
  }

  get unfinished(): readonly Promise<void>[] {
    return [...this.#unfinished]
  }

  /** Marks the lane as lagging if it has work left. */
  fallBehind(): void {
    this.isLagging = this.#unfinished.size > 0
  }

  /** Hands over the batch. The promise rejects with a PipelineError, whatever the consumer throws. */
  offer(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const work = this.#deliver(batch, abort).finally(() => {
      this.#unfinished.delete(work)
      if (this.#unfinished.size === 0) this.isLagging = false
    })
    this.#unfinished.add(work)
    return work
  }

  /** Returns the error for a batch that finds the lane full. */
  refuse(): PipelineError {
    const message = `${this.branch.name}: must finish a batch before it takes more, got ${this.#unfinished.size} unfinished; the batch was dropped`
    return new PipelineError('PIPE_QUEUE_FULL', message, { retryable: true })
  }

  async #deliver(batch: Batches[S], abort: AbortSignal): Promise<void> {
    try {
      await this.branch.consumer.consume(batch, abort)
    } catch (cause) {
      if (cause instanceof PipelineError) throw cause
      const message = `${this.branch.name}: ${cause instanceof Error ? cause.message : cause}`
      throw new PipelineError('PIPE_REJECTED', message, { retryable: false, cause })
    }
  }
}

/** What a lane is to be given. */
interface Load<S extends Signal> {
  readonly lane: Lane<S>
  readonly batch: Batches[S]
}

interface FanoutOptions<S extends Signal> {
  readonly log: Logger
  /** Called for every batch that a branch could not take because too many were unfinished. */
  readonly onDrop: (branch: string, batch: Batches[S]) => void
  /** False: a lone branch may have any number of unfinished batches. */
  readonly isBoundedAlone?: boolean
  readonly clock?: Clock
}

/** Most unfinished batches per branch: above what an exporter with a queue ever needs, low enough for the memory that big batches take. */
export const MAX_UNFINISHED = 16
/** How long the others wait for a slow branch: below the shortest sensible collection interval. */
export const PATIENCE_MS = 500

/**
 * Gives each batch to all branches at once, so that none waits for another.
 * - A branch that mutates is given its own copy; the others share the batch.
 * - A branch with MAX_UNFINISHED batches under way drops the batch, for itself only, and counts it (PIPE_QUEUE_FULL).
 * - `consume` rejects if a branch failed: with its error, or one that joins them (`cause` is an AggregateError), which
 *   is retryable if all of them are. As in the Collector, a retry then reaches the branches that took the batch too.
 * - Among several, a branch that takes longer than PATIENCE_MS lags: it is not waited for until it has caught up, and
 *   what fails meanwhile is logged. A single branch is always waited for, so that back-pressure reaches the source.
 */
export class Fanout<S extends Signal> implements Consumer<S> {
  readonly #options: FanoutOptions<S>
  #lanes: readonly Lane<S>[] = []

  constructor(options: FanoutOptions<S>) {
    this.#options = options
  }

  get mutates(): boolean {
    return !this.#isShared && this.#lanes.every(lane => lane.branch.consumer.mutates)
  }

  /** Gives the next batch to these branches. One whose consumer was there before goes on with what it has under way. */
  connect(branches: readonly Branch<S>[]): void {
    const before = this.#lanes
    this.#lanes = branches.map(
      branch => before.find(lane => lane.branch.consumer === branch.consumer) ?? new Lane(branch),
    )
  }

  consume(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const loads = this.#lanes.map(lane => ({ lane, batch }))
    return this.#give(loads, this.#isShared, abort)
  }

  /** Gives branches a batch each, by name; those that there are not get none. */
  route(batches: ReadonlyMap<string, Batches[S]>, abort: AbortSignal): Promise<void> {
    const loads = this.#lanes.flatMap(lane => {
      const batch = batches.get(lane.branch.name)
      return batch ? [{ lane, batch }] : []
    })
    return this.#give(loads, true, abort)
  }

  /** `isCopied`: whoever writes to its batch is given a copy. */
  async #give(loads: readonly Load<S>[], isCopied: boolean, abort: AbortSignal): Promise<void> {
    const isShared = this.#isShared
    const errors: PipelineError[] = []
    let isOver = false
    const fail = (lane: Lane<S>, error: PipelineError) => {
      if (!isOver) errors.push(error)
      else this.#warn(lane, error)
    }
    for (const { lane, batch } of loads.filter(one => this.#isFull(one.lane))) {
      this.#options.onDrop(lane.branch.name, batch)
      fail(lane, lane.refuse())
    }
    // All copies are made before any branch runs, or a mutating branch could spoil the batch for the next copy.
    const offers = loads
      .filter(({ lane }) => !this.#isFull(lane))
      .map(({ lane, batch }) => ({
        lane,
        share: isCopied && lane.branch.consumer.mutates ? copyBatch(batch) : batch,
      }))
    const works = offers.map(({ lane, share }) => ({
      lane,
      work: lane.offer(share, abort).catch(error => fail(lane, error)),
    }))
    const awaited = works.filter(({ lane }) => !isShared || !lane.isLagging)
    const all = Promise.all(awaited.map(({ work }) => work))
    if (!isShared) await all
    else if (!(await settlesWithin(PATIENCE_MS, all, this.#options.clock ?? systemClock)))
      for (const { lane } of awaited) lane.fallBehind()
    isOver = true
    if (errors.length > 0) throw join(errors, loads.length)
  }

  /** Only if every branch refuses: what one takes is made. */
  refusal(): Refusal | undefined {
    const refusals = this.#lanes.map(({ branch }) => branch.consumer.refusal?.())
    if (refusals.length === 0 || !refusals.every(one => one !== undefined)) return undefined
    const errors = refusals.map(({ error }) => error)
    return {
      error: join(errors, errors.length),
      count: items => {
        for (const refusal of refusals) refusal.count(items)
      },
    }
  }

  /** Resolves when no branch has work left; rejects at the deadline, naming the branches that do. */
  async drain(abort: AbortSignal): Promise<void> {
    const lanes = this.#lanes
    await settlesBefore(Promise.allSettled(lanes.flatMap(lane => lane.unfinished)), abort)
    const slow = lanes.filter(lane => lane.unfinished.length > 0)
    if (slow.length === 0) return
    const names = slow.map(lane => `${lane.branch.name} (${lane.unfinished.length})`).join(', ')
    const message = `unfinished batches at the deadline: ${names}`
    throw new PipelineError('PIPE_SHUTTING_DOWN', message, { retryable: false })
  }

  get #isShared(): boolean {
    return this.#lanes.length > 1
  }

  #isFull({ unfinished }: Lane<S>): boolean {
    const isBounded = this.#isShared || (this.#options.isBoundedAlone ?? true)
    return isBounded && unfinished.length >= MAX_UNFINISHED
  }

  #warn({ branch }: Lane<S>, { message }: PipelineError): void {
    this.#options.log.warn({ consumer: branch.name, error: message }, 'A slow consumer failed in the end')
  }
}

/** True once `work` settles, false if `ms` pass before. */
async function settlesWithin(ms: number, work: Promise<unknown>, clock: Clock): Promise<boolean> {
  using deadline = startDeadline(ms, clock)
  return await settlesBefore(work, deadline.signal)
}

function join(errors: readonly PipelineError[], branches: number): PipelineError {
  if (errors.length === 1) return errors[0]!
  const retryAfterMs = Math.max(...errors.map(error => error.retryAfterMs ?? 0))
  const message = `${errors.length} of ${branches} consumers failed: ${errors.map(error => error.message).join('; ')}`
  const retryable = errors.every(error => error.retryable)
  return new PipelineError(retryable ? 'PIPE_DOWNSTREAM_UNAVAILABLE' : 'PIPE_REJECTED', message, {
    retryable,
    ...(retryAfterMs > 0 && { retryAfterMs }),
    cause: new AggregateError(errors),
  })
}
