import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Exporter, Host } from '../../pipeline/component.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { PipelineError, SwollError } from '../../pipeline/errors.ts'
import { LimitedLog } from '../shared/limited-log.ts'
import { SendingQueue } from '../shared/sending-queue.ts'
import { createPushTelemetry, observeQueue } from '../shared/telemetry.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { Delivery } from './delivery.ts'
import type { RequestLimits } from './encode.ts'
import { Shipment } from './shipment.ts'
import type { Transport } from './transport.ts'

/** Below the 4 MiB that gRPC servers take by default, uncompressed. */
const MOST_REQUEST_BYTES = 3 * 2 ** 20
const LOG_EVERY_MS = 30_000

/** What tests put in the place of the real thing. */
export interface OtlpGrpcParts {
  readonly clock?: Clock
  readonly random?: () => number
  /** Default: gRPC, which costs tens of megabytes and so is loaded at this moment. */
  readonly open?: (config: OtlpGrpcConfig, clock: Clock) => Promise<Transport>
}

interface Running {
  readonly transport: Transport
  readonly delivery: Delivery
  readonly queue: SendingQueue<Shipment>
  readonly stopObserving: () => void
}

/** Sends metrics over OTLP/gRPC: through a bounded queue, in order, with retries, each point accounted for. */
export class OtlpGrpcExporter implements Exporter {
  readonly countsItself = true
  readonly consumers: Consumers
  readonly #context: Create<OtlpGrpcConfig>
  readonly #parts: OtlpGrpcParts
  readonly #limits: RequestLimits
  #running: Running | undefined

  constructor(context: Create<OtlpGrpcConfig>, parts: OtlpGrpcParts = {}) {
    this.#context = context
    this.#parts = parts
    this.#limits = toLimits(context.config.sending_queue.batch)
    this.consumers = { metrics: { mutates: false, consume: (batch, abort) => this.#consume(batch, abort) } }
  }

  /** Reads the certificates and loads gRPC. A server that cannot be reached is no error: it may come. */
  async start(host: Host): Promise<void> {
    const { id, config, log, meter } = this.#context
    const { clock = systemClock, random = Math.random, open = openGrpc } = this.#parts
    const transport = await open(config, clock).catch((cause: unknown) => {
      if (!(cause instanceof SwollError)) throw cause
      throw new SwollError(cause.code, `exporters::${id}::tls: ${cause.message}`, { cause })
    })
    const telemetry = createPushTelemetry(meter, id)
    const retry = config.retry_on_failure
    const delivery = new Delivery({ transport, retry, host, log, telemetry, clock, random })
    const refusals = new LimitedLog(clock, LOG_EVERY_MS, (dropped_items, { message: error }) =>
      log.error({ error, dropped_items }, 'The sending queue took no more, data is lost'),
    )
    const queue = new SendingQueue<Shipment>({
      config: config.sending_queue,
      send: (shipment, signals) => delivery.send(shipment, signals),
      onRefused(shipment, error) {
        telemetry.enqueueFailed(shipment.items)
        refusals.add(shipment.items, error)
      },
      onLost: (shipment, error) => delivery.lose(shipment.items, error),
    })
    this.#running = { transport, delivery, queue, stopObserving: observeQueue(meter, id, queue) }
  }

  /** Makes one attempt at what is queued; what the deadline leaves is counted as failed. */
  async shutdown(abort: AbortSignal): Promise<void> {
    if (this.#running === undefined) return
    const { transport, delivery, queue, stopObserving } = this.#running
    await queue.shutdown(abort)
    delivery.flushLog()
    stopObserving()
    transport.close()
  }

  async #consume(batch: MetricsBatch, abort: AbortSignal): Promise<void> {
    if (this.#running === undefined) throw notRunning(this.#context.id)
    const shipment = new Shipment(batch, this.#limits)
    if (shipment.items > 0) await this.#running.queue.offer(shipment, abort)
  }
}

async function openGrpc(config: OtlpGrpcConfig, clock: Clock): Promise<Transport> {
  const { openTransport } = await import('./transport.ts')
  return openTransport(config, clock)
}

function notRunning(id: string): PipelineError {
  return new PipelineError('PIPE_SHUTTING_DOWN', `exporters::${id}: must be started before it takes data`, {
    retryable: false,
  })
}

function toLimits({ max_size, sizer }: OtlpGrpcConfig['sending_queue']['batch']): RequestLimits {
  const isBytes = sizer === 'bytes'
  return {
    points: isBytes ? Number.POSITIVE_INFINITY : max_size,
    bytes: isBytes ? Math.min(max_size, MOST_REQUEST_BYTES) : MOST_REQUEST_BYTES,
  }
}
