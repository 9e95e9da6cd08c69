import type { EncodedRequest, RequestLimits } from '../../otlp/encode-table.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Create, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import { withRetry } from '../shared/retry.ts'
import { SendingQueue, type SendSignals } from '../shared/sending-queue.ts'
import { createPushTelemetry, observeQueue, type PushTelemetry } from '../shared/telemetry.ts'
import type { OtlpGrpcConfig } from './config.ts'
import type { Health } from './health.ts'
import { Shipment } from './shipment.ts'
import { type CallFailure, statusLabel } from './status.ts'
import type { Transport } from './transport.ts'

/** Below the 4 MiB that gRPC servers take by default, uncompressed. */
const MOST_REQUEST_BYTES = 3 * 2 ** 20
const LOG_EVERY_MS = 30_000

/** Fields of the log, with the Collector's names. */
const PARTIAL_FIELD = {
  traces: 'dropped_spans',
  metrics: 'dropped_data_points',
  logs: 'dropped_log_records',
} as const satisfies Record<Signal, string>

/** Shared by the senders of an exporter. */
export interface SenderOptions {
  readonly context: Create<OtlpGrpcConfig>
  readonly transport: Transport
  readonly health: Health
  readonly clock: Clock
  readonly random: () => number
}

/**
 * One signal's way to the server: a queue of its own, so that a flood of one signal does not drown another. Accounts for every
 * item: refused by the queue, sent, rejected by the server, or failed.
 */
export class Sender<S extends Signal> {
  readonly #signal: S
  readonly #o: SenderOptions
  readonly #limits: RequestLimits
  readonly #telemetry: PushTelemetry
  readonly #logs: ReturnType<typeof createLogs>
  readonly #queue: SendingQueue<Shipment>
  readonly #stopObserving: () => void

  constructor(signal: S, options: SenderOptions) {
    const { id, config, meter } = options.context
    this.#signal = signal
    this.#o = options
    this.#limits = toLimits(config.sending_queue.batch)
    this.#telemetry = createPushTelemetry(meter, id, signal)
    this.#logs = createLogs(signal, options)
    this.#queue = new SendingQueue<Shipment>({
      config: config.sending_queue,
      send: (shipment, signals) => this.#send(shipment, signals),
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
    const shipment = new Shipment(this.#signal, batch, this.#limits)
    if (shipment.items > 0) await this.#queue.offer(shipment, abort)
  }

  /** Makes one attempt at what is queued; what the deadline leaves is counted as failed. */
  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#queue.shutdown(abort)
    for (const log of Object.values(this.#logs)) log.flush()
    this.#stopObserving()
  }

  /**
   * Sends the requests one after the other. One that the server refuses for good is lost alone; once retrying is over,
   * what is left of the shipment is lost with it. Rejects if anything was lost.
   */
  async #send(shipment: Shipment, signals: SendSignals): Promise<void> {
    const startedMs = this.#o.clock.monotonicMs()
    let failure: unknown
    try {
      for await (const request of shipment.requests()) {
        try {
          await this.#sendRequest(request, shipment, { ...signals, startedMs })
        } catch (error) {
          if (!(error instanceof PipelineError) || error.code !== 'PIPE_REJECTED') throw error
          failure = error
          this.#lose(request.items, error)
        }
        shipment.settle(request.items)
      }
    } catch (error) {
      failure = error
      this.#lose(shipment.items, error as Error)
    }
    if (failure !== undefined) throw failure
  }

  /** Counts items as lost, and says so. */
  #lose(items: number, error: Error): void {
    this.#telemetry.sendFailed(items)
    this.#logs.losses.add(items, error)
    this.#o.health.degrade(this.#signal, error)
  }

  async #sendRequest(
    request: EncodedRequest,
    shipment: Shipment,
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
        shipment.rest()
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
    const { transport, clock } = this.#o
    const startMs = clock.monotonicMs()
    let outcome = 'OK'
    try {
      return await transport.send(this.#signal, request, abort)
    } catch (error) {
      outcome = outcomeOf(error)
      throw error
    } finally {
      this.#telemetry.attempted((clock.monotonicMs() - startMs) / 1000, outcome)
    }
  }
}

function createLogs(signal: Signal, { context: { log }, clock }: SenderOptions) {
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

function toLimits({ max_size, sizer }: OtlpGrpcConfig['sending_queue']['batch']): RequestLimits {
  const isBytes = sizer === 'bytes'
  return {
    items: isBytes ? Number.POSITIVE_INFINITY : max_size,
    bytes: isBytes ? Math.min(max_size, MOST_REQUEST_BYTES) : MOST_REQUEST_BYTES,
  }
}

/** The name of the gRPC status that caused the error. */
function outcomeOf(error: unknown): string {
  const code = ((error as Error).cause as CallFailure | undefined)?.code
  return typeof code === 'number' ? statusLabel(code) : 'CANCELLED'
}
