import type { Clock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import type { RetryOnFailureConfig } from '../../pipeline/config-exporter.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { LimitedLog } from '../shared/limited-log.ts'
import { withRetry } from '../shared/retry.ts'
import type { SendSignals } from '../shared/sending-queue.ts'
import type { PushTelemetry } from '../shared/telemetry.ts'
import type { EncodedRequest } from './encode.ts'
import type { Shipment } from './shipment.ts'
import { type CallFailure, statusName } from './status.ts'
import type { Transport } from './transport.ts'

const LOG_EVERY_MS = 30_000

export interface DeliveryOptions {
  readonly transport: Transport
  readonly retry: RetryOnFailureConfig
  readonly host: Host
  readonly log: Logger
  readonly telemetry: PushTelemetry
  readonly clock: Clock
  readonly random: () => number
}

/** Sends shipments, and accounts for every point of them: sent, rejected by the server, or failed. */
export class Delivery {
  readonly #o: DeliveryOptions
  readonly #retries: LimitedLog
  readonly #losses: LimitedLog
  readonly #partial: LimitedLog
  #isDegraded = false

  constructor(options: DeliveryOptions) {
    this.#o = options
    const { clock, log } = options
    const limited = (write: (sum: number, error: string) => void) =>
      new LimitedLog(clock, LOG_EVERY_MS, (sum, error) => write(sum, error.message))
    this.#retries = limited((attempts, error) =>
      log.warn({ error, attempts }, 'Export failed, it will be tried again'),
    )
    this.#losses = limited((dropped_items, error) =>
      log.error({ error, dropped_items }, 'Export failed, data is lost'),
    )
    this.#partial = limited((dropped_data_points, message) =>
      log.warn({ message, dropped_data_points }, 'The server took a request only in part'),
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
          this.lose(request.points, error)
        }
        shipment.settle(request.points)
      }
    } catch (error) {
      failure = error
      this.lose(shipment.items, error as Error)
    }
    if (failure !== undefined) throw failure
  }

  /** Counts points as lost, and says so. */
  lose(points: number, error: Error): void {
    this.#o.telemetry.sendFailed(points)
    this.#losses.add(points, error)
    this.#degrade(error)
  }

  /** Logs what has been held back. */
  flushLog(): void {
    for (const log of [this.#retries, this.#losses, this.#partial]) log.flush()
  }

  async #sendRequest(
    request: EncodedRequest,
    shipment: Shipment,
    to: SendSignals & { startedMs: number },
  ): Promise<void> {
    const { telemetry, clock, random, retry } = this.#o
    const { rejectedPoints, message } = await withRetry(() => this.#attempt(request.bytes, to.abort), {
      config: retry,
      startedMs: to.startedMs,
      hurry: to.hurry,
      clock,
      random,
      onWait: error => {
        shipment.rest()
        this.#retries.add(1, error)
        this.#degrade(error)
      },
    })
    telemetry.sent(request.points - rejectedPoints)
    if (rejectedPoints > 0) telemetry.rejected(rejectedPoints)
    if (rejectedPoints > 0 || message) this.#partial.add(rejectedPoints, new Error(message))
    this.#recover()
  }

  async #attempt(request: Uint8Array, abort: AbortSignal) {
    const { transport, telemetry, clock } = this.#o
    const startMs = clock.monotonicMs()
    const attempted = (outcome: string) =>
      telemetry.attempted((clock.monotonicMs() - startMs) / 1000, outcome)
    try {
      const answer = await transport.send(request, abort)
      attempted('OK')
      return answer
    } catch (error) {
      attempted(outcomeOf(error))
      throw error
    }
  }

  #degrade(error: Error): void {
    if (this.#isDegraded) return
    this.#isDegraded = true
    this.#o.host.report('degraded', error)
  }

  #recover(): void {
    if (!this.#isDegraded) return
    this.#isDegraded = false
    this.#o.host.report('ok')
    this.#o.log.info({}, 'Export works again')
  }
}

/** The name of the gRPC status that caused the error. */
function outcomeOf(error: unknown): string {
  const code = ((error as Error).cause as CallFailure | undefined)?.code
  return typeof code === 'number' ? statusName(code) : 'CANCELLED'
}
