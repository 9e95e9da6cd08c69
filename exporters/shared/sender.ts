import type { EncodedRequest } from '../../otlp/encode-table.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Create, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import type { Store } from '../../pipeline/storage.ts'
import type { Health } from './health.ts'
import { type Joined, joinRequests } from './joined.ts'
import { inLanes } from './lanes.ts'
import type { Protocol, PushConfig, Transport } from './protocol.ts'
import { requestBatch } from './request-limits.ts'
import { withRetry } from './retry.ts'
import { SendingQueue, type SendSignals } from './sending-queue.ts'
import { type Outgoing, Shipment } from './shipment.ts'
import { type StoredLog, StoredShipment } from './stored-shipment.ts'
import { createPushTelemetry, observeQueue, type PushTelemetry } from './telemetry.ts'

const LOG_EVERY_MS = 30_000

/** Fields of the log, with the Collector's names. */
const PARTIAL_FIELD = {
  traces: 'dropped_spans',
  metrics: 'dropped_data_points',
  logs: 'dropped_log_records',
} as const satisfies Record<Signal, string>

/** Shared by the senders of an exporter. */
export interface SenderOptions<C extends PushConfig> {
  readonly context: Create<C>
  readonly protocol: Protocol<C>
  readonly transport: Transport
  /** Where requests wait for the server; undefined: in memory. */
  readonly store: Store | undefined
  readonly health: Health
  readonly clock: Clock
  readonly random: () => number
}

/**
 * One signal's way to the server: a queue of its own, so that a flood of one signal does not drown another. Accounts for every
 * item: refused by the queue, sent, rejected by the server, or failed.
 */
export class Sender<S extends Signal, C extends PushConfig = PushConfig> {
  readonly #signal: S
  readonly #o: SenderOptions<C>
  readonly #telemetry: PushTelemetry
  readonly #logs: ReturnType<typeof createLogs>
  readonly #stored: StoredLog | undefined
  readonly #queue: SendingQueue<Outgoing>
  readonly #stopObserving: () => void

  constructor(signal: S, options: SenderOptions<C>) {
    const { id, config, meter } = options.context
    this.#signal = signal
    this.#o = options
    this.#telemetry = createPushTelemetry(meter, id, signal)
    this.#logs = createLogs(options, signal)
    const { store, protocol } = options
    const onLost = (items: number, error: Error) => this.#lose(items, error)
    this.#stored = store && { store, name: signal, format: protocol.format(config), onLost }
    this.#queue = new SendingQueue<Outgoing>({
      config: config.sending_queue,
      gathering: this.#gathering(),
      clock: options.clock,
      send: (shipments, signals) => this.#send(shipments, signals),
      onRefused: (shipment, error) => {
        this.#telemetry.enqueueFailed(shipment.items)
        this.#logs.refusals.add(shipment.items, error)
      },
      onLost: (shipment, error) => this.#lose(shipment.items, error),
    })
    this.#stopObserving = observeQueue(meter, { exporter: id, data_type: signal }, this.#queue)
  }

  /** Resolves when the queue has the batch; rejects as SendingQueue.offer does. */
  async offer(batch: Batches[S], abort: AbortSignal): Promise<void> {
    const { protocol, context } = this.#o
    const { config } = context
    const encoder = protocol.encode(this.#signal, batch, protocol.limits(config), config)
    if (this.#stored) return this.#offerStored(this.#stored, encoder, abort)
    const shipment = new Shipment(this.#signal, batch, encoder)
    if (requestBatch(config.sending_queue)?.sizer === 'bytes') shipment.encode()
    if (shipment.items > 0) await this.#queue.offer(shipment, abort)
  }

  /** Takes what another process or instance has left. */
  restore(): void {
    if (this.#stored) this.#queue.restore(StoredShipment.claim(this.#stored))
  }

  /** Makes one attempt at what is queued; what the deadline leaves is counted as failed, unless it is stored. */
  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#queue.shutdown(abort)
    for (const log of Object.values(this.#logs)) log.flush()
    this.#stopObserving()
  }

  /** Each request is an entry of its own, so that no more than what is under way can come twice. Rejects if any of them is refused. */
  async #offerStored(
    stored: StoredLog,
    encoder: Generator<EncodedRequest, void>,
    abort: AbortSignal,
  ): Promise<void> {
    let refusal: unknown
    for (const request of encoder)
      await this.#queue.offer(StoredShipment.of(stored, request), abort).catch((error: unknown) => {
        refusal ??= error
      })
    if (refusal !== undefined) throw refusal
  }

  #gathering() {
    const { sending_queue: queue } = this.#o.context.config
    const batch = requestBatch(queue)
    if (queue.batch === undefined || batch === undefined) return undefined
    const sizeOf = ({ items, requestBytes }: Outgoing) => (batch.sizer === 'bytes' ? requestBytes : items)
    return { sizeOf, minSize: batch.minSize, longestMs: queue.batch.flush_timeout }
  }

  #requests(shipments: readonly Outgoing[]): AsyncGenerator<Joined<Outgoing>, void> {
    const { protocol, context } = this.#o
    const { config } = context
    const join = protocol.join && ((requests: readonly Uint8Array[]) => protocol.join!(requests, config))
    return joinRequests(shipments, protocol.limits(config), join)
  }

  /**
   * Sends the requests in their order, as many at once as the protocol has. One that the server refuses for good is lost alone; once
   * retrying is over, what is left of the shipments is lost with it, unless it is stored and the process ends. Rejects if anything was
   * not sent.
   */
  async #send(shipments: readonly Outgoing[], signals: SendSignals): Promise<void> {
    const { protocol, context, clock } = this.#o
    const startedMs = clock.monotonicMs()
    let failure: unknown
    try {
      await inLanes(this.#requests(shipments), protocol.parallel?.(context.config) ?? 1, async request => {
        await this.#sendRequest(request, shipments, { ...signals, startedMs }).catch((error: unknown) => {
          if (!(error instanceof PipelineError) || error.code !== 'PIPE_REJECTED') throw error
          failure = error
          this.#lose(request.items, error)
        })
        for (const { of: shipment, items } of request.shares) settle(shipment, items)
      })
    } catch (error) {
      failure = error
      const mayStay = signals.hurry.aborted && isUnsent(error)
      const lost = shipments.filter(({ items, isStored }) => items > 0 && !(isStored && mayStay))
      this.#loseAll(lost, error as Error)
    }
    if (failure !== undefined) throw failure
  }

  #loseAll(shipments: readonly Outgoing[], error: Error): void {
    const items = shipments.reduce((sum, { items }) => sum + items, 0)
    if (items > 0) this.#lose(items, error)
    for (const shipment of shipments) settle(shipment, shipment.items)
  }

  /** Counts items as lost, and says so. */
  #lose(items: number, error: Error): void {
    this.#telemetry.sendFailed(items)
    this.#logs.losses.add(items, error)
    this.#o.health.degrade(this.#signal, error)
  }

  async #sendRequest(
    request: EncodedRequest,
    shipments: readonly Outgoing[],
    { startedMs, hurry, abort }: SendSignals & { readonly startedMs: number },
  ): Promise<void> {
    const { context, clock, random, health } = this.#o
    const { message, rejectedItems } = await withRetry(() => this.#attempt(request.bytes, abort), {
      config: context.config.retry_on_failure,
      startedMs,
      hurry,
      clock,
      random,
      onWait: error => {
        for (const shipment of shipments) shipment.rest?.()
        this.#logs.retries.add(1, error)
        health.degrade(this.#signal, error)
      },
    })
    const rejected = Math.min(rejectedItems, request.items)
    this.#telemetry.sent(request.items - rejected)
    if (rejected > 0) {
      this.#telemetry.rejected(rejected)
      this.#logs.partial.add(rejected, new Error(message))
    } else if (message) this.#logs.warnings.add(0, new Error(message))
    health.recover(this.#signal)
  }

  async #attempt(request: Uint8Array, abort: AbortSignal) {
    const { transport, protocol, clock } = this.#o
    const startMs = clock.monotonicMs()
    let outcome = 'OK'
    try {
      return await transport.send(this.#signal, request, abort)
    } catch (error) {
      outcome = protocol.outcomeOf(error)
      throw error
    } finally {
      this.#telemetry.attempted((clock.monotonicMs() - startMs) / 1000, outcome)
    }
  }
}

/** The items are sent or lost. With the last of them the shipment ends. */
function settle(shipment: Outgoing, items: number): void {
  shipment.settle(items)
  if (shipment.items === 0) shipment.end?.()
}

/** Whether it may still be sent by whoever comes next. */
const isUnsent = (error: unknown): boolean =>
  error instanceof PipelineError && (error.retryable || error.code === 'PIPE_SHUTTING_DOWN')

function createLogs(
  { context: { log }, clock }: Pick<SenderOptions<PushConfig>, 'context' | 'clock'>,
  signal: Signal,
) {
  const limited = (write: (sum: number, error: string) => void) =>
    new LimitedLog(clock, LOG_EVERY_MS, (sum, error) => write(sum, error.message))
  return {
    refusals: limited((dropped_items, error) =>
      log.error({ error, signal, dropped_items }, 'The sending queue took no more, data is lost'),
    ),
    retries: limited((attempts, error) =>
      log.warn({ error, signal, attempts }, 'Export failed, it will be tried again'),
    ),
    losses: limited((dropped_items, error) =>
      log.error({ error, signal, dropped_items }, 'Export failed, data is lost'),
    ),
    partial: limited((dropped, message) =>
      log.warn({ message, [PARTIAL_FIELD[signal]]: dropped }, 'The server took a request only in part'),
    ),
    warnings: limited((_, message) =>
      log.warn({ message, signal }, 'The server took a request with a warning'),
    ),
  }
}
