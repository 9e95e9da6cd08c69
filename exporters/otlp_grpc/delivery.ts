import type { EncodedRequest } from '../../otlp/encode-table.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Signal } from '../../pipeline/component.ts'
import type { RetryOnFailureConfig } from '../../pipeline/config-exporter.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { withRetry } from '../shared/retry.ts'
import type { SendSignals } from '../shared/sending-queue.ts'
import type { PushTelemetry } from '../shared/telemetry.ts'
import type { Health } from './health.ts'
import type { Shipment } from './shipment.ts'
import { type CallFailure, statusLabel } from './status.ts'
import type { Transport } from './transport.ts'

const LOG_EVERY_MS = 30_000

/** Fields of the log, with the Collector's names. */
const PARTIAL_FIELD = {
  traces: 'dropped_spans',
  metrics: 'dropped_data_points',
  logs: 'dropped_log_records',
} as const satisfies Record<Signal, string>

interface DeliveryOptions {
  readonly signal: Signal
  readonly transport: Transport
  readonly retry: RetryOnFailureConfig
  readonly health: Health
  readonly log: Logger
  readonly telemetry: PushTelemetry
  readonly clock: Clock
  readonly random: () => number
}

/** Sends shipments of one signal, and accounts for every item of them: sent, rejected by the server, or failed. */
export class Delivery {
  readonly #o: DeliveryOptions
  readonly #retries: LimitedLog
  readonly #losses: LimitedLog
  readonly #partial: LimitedLog
  readonly #warnings: LimitedLog

  constructor(options: DeliveryOptions) {
    this.#o = options
    const { clock, log, signal } = options
    const limited = (write: (sum: number, error: string) => void) =>
      new LimitedLog(clock, LOG_EVERY_MS, (sum, error) => write(sum, error.message))
    this.#retries = limited((attempts, error) =>
      log.warn({ error, signal, attempts }, 'Export failed, it will be tried again'),
    )
    this.#losses = limited((dropped_items, error) =>
      log.error({ error, signal, dropped_items }, 'Export failed, data is lost'),
    )
    this.#partial = limited((dropped, message) =>
      log.warn({ message, [PARTIAL_FIELD[signal]]: dropped }, 'The server took a request only in part'),
    )
    this.#warnings = limited((_, message) =>
      log.warn({ message, signal }, 'The server took a request with a warning'),
    )
  }

  /**
   * Sends the requests one after the other. One that the server refuses for good is lost alone; once retrying is over,
   * what is left of the shipment is lost with it. Rejects if anything was lost.
   */
  async send(shipment: Shipment, signals: SendSignals): Promise<void> {
    const startedMs = this.#o.clock.monotonicMs()
    let failure: unknown
    try {
      for await (const request of shipment.requests()) {
        try {
          await this.#sendRequest(request, shipment, { ...signals, startedMs })
        } catch (error) {
          if (!(error instanceof PipelineError) || error.code !== 'PIPE_REJECTED') throw error
          failure = error
          this.lose(request.items, error)
        }
        shipment.settle(request.items)
      }
    } catch (error) {
      failure = error
      this.lose(shipment.items, error as Error)
    }
    if (failure !== undefined) throw failure
  }

  /** Counts items as lost, and says so. */
  lose(items: number, error: Error): void {
    this.#o.telemetry.sendFailed(items)
    this.#losses.add(items, error)
    this.#o.health.degrade(this.#o.signal, error)
  }

  /** Logs what has been held back. */
  flushLog(): void {
    for (const log of [this.#retries, this.#losses, this.#partial, this.#warnings]) log.flush()
  }

  async #sendRequest(
    request: EncodedRequest,
    shipment: Shipment,
    to: SendSignals & { startedMs: number },
  ): Promise<void> {
    const { telemetry, clock, random, retry, health, signal } = this.#o
    const answer = await withRetry(() => this.#attempt(request.bytes, to.abort), {
      config: retry,
      startedMs: to.startedMs,
      hurry: to.hurry,
      clock,
      random,
      onWait: error => {
        shipment.rest()
        this.#retries.add(1, error)
        health.degrade(signal, error)
      },
    })
    const { message } = answer
    const rejectedItems = Math.min(answer.rejectedItems, request.items)
    telemetry.sent(request.items - rejectedItems)
    if (rejectedItems > 0) {
      telemetry.rejected(rejectedItems)
      this.#partial.add(rejectedItems, new Error(message))
    } else if (message) this.#warnings.add(0, new Error(message))
    health.recover(signal)
  }

  async #attempt(request: Uint8Array, abort: AbortSignal) {
    const { transport, telemetry, clock, signal } = this.#o
    const startMs = clock.monotonicMs()
    const attempted = (outcome: string) =>
      telemetry.attempted((clock.monotonicMs() - startMs) / 1000, outcome)
    try {
      const answer = await transport.send(signal, request, abort)
      attempted('OK')
      return answer
    } catch (error) {
      attempted(outcomeOf(error))
      throw error
    }
  }
}

/** The name of the gRPC status that caused the error. */
function outcomeOf(error: unknown): string {
  const code = ((error as Error).cause as CallFailure | undefined)?.code
  return typeof code === 'number' ? statusLabel(code) : 'CANCELLED'
}
