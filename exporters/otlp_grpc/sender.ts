import type { RequestLimits } from '../../otlp/encode-table.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Create, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import { SendingQueue } from '../shared/sending-queue.ts'
import { createPushTelemetry, observeQueue } from '../shared/telemetry.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { Delivery } from './delivery.ts'
import type { Health } from './health.ts'
import { Shipment } from './shipment.ts'
import type { Transport } from './transport.ts'

/** Below the 4 MiB that gRPC servers take by default, uncompressed. */
const MOST_REQUEST_BYTES = 3 * 2 ** 20
const LOG_EVERY_MS = 30_000

/** Shared by the senders of an exporter. */
export interface SenderOptions {
  readonly context: Create<OtlpGrpcConfig>
  readonly transport: Transport
  readonly health: Health
  readonly clock: Clock
  readonly random: () => number
}

/** One signal's way to the server: a queue of its own, so that a flood of one signal does not drown another. */
export class Sender<S extends Signal> {
  readonly #signal: S
  readonly #limits: RequestLimits
  readonly #delivery: Delivery
  readonly #queue: SendingQueue<Shipment>
  readonly #stopObserving: () => void

  constructor(signal: S, { context, transport, health, clock, random }: SenderOptions) {
    const { id, config, log, meter } = context
    const telemetry = createPushTelemetry(meter, id, signal)
    const retry = config.retry_on_failure
    const delivery = new Delivery({ signal, transport, retry, health, log, telemetry, clock, random })
    const refusals = new LimitedLog(clock, LOG_EVERY_MS, (dropped_items, { message: error }) =>
      log.error({ error, signal, dropped_items }, 'The sending queue took no more, data is lost'),
    )
    this.#signal = signal
    this.#limits = toLimits(config.sending_queue.batch)
    this.#delivery = delivery
    this.#queue = new SendingQueue<Shipment>({
      config: config.sending_queue,
      send: (shipment, signals) => delivery.send(shipment, signals),
      onRefused(shipment, error) {
        telemetry.enqueueFailed(shipment.items)
        refusals.add(shipment.items, error)
      },
      onLost: (shipment, error) => delivery.lose(shipment.items, error),
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
    this.#delivery.flushLog()
    this.#stopObserving()
  }
}

function toLimits({ max_size, sizer }: OtlpGrpcConfig['sending_queue']['batch']): RequestLimits {
  const isBytes = sizer === 'bytes'
  return {
    items: isBytes ? Number.POSITIVE_INFINITY : max_size,
    bytes: isBytes ? Math.min(max_size, MOST_REQUEST_BYTES) : MOST_REQUEST_BYTES,
  }
}
