import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Host, Part, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { countItems } from '../../pipeline/graph/counted.ts'
import { createExporterCounters } from '../../pipeline/item-counters.ts'
import { createConsumers, notRunning } from '../shared/consumers.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { Health } from './health.ts'
import { Sender, type SenderOptions } from './sender.ts'
import type { Transport } from './transport.ts'

/** Parts that tests replace. */
interface OtlpGrpcParts {
  readonly clock?: Clock
  readonly random?: () => number
  /** Default: gRPC, which costs tens of megabytes and so is loaded at this moment. */
  readonly open?: (config: OtlpGrpcConfig, clock: Clock) => Promise<Transport>
}

/** By signal, each made when the first batch comes. */
type Senders = { [S in Signal]?: Sender<S> }

/** Sends what it is given over OTLP/gRPC: through bounded queues, in order, with retries, each item accounted for. */
export class OtlpGrpcExporter implements Part {
  readonly countsItself = true
  readonly consumers: Consumers
  readonly #context: Create<OtlpGrpcConfig>
  readonly #parts: OtlpGrpcParts
  readonly #senders: Senders = {}
  #running: SenderOptions | undefined

  constructor(context: Create<OtlpGrpcConfig>, parts: OtlpGrpcParts = {}) {
    this.#context = context
    this.#parts = parts
    this.consumers = createConsumers((signal, batch, abort) => this.#consume(signal, batch, abort))
  }

  /** Reads the certificates and loads gRPC. A server that cannot be reached is no error: it may come. */
  async start(host: Host): Promise<void> {
    const { id, config, log } = this.#context
    const { clock = systemClock, random = Math.random, open = openGrpc } = this.#parts
    const transport = await open(config, clock).catch((cause: unknown) => {
      if (!(cause instanceof SwollError)) throw cause
      throw new SwollError(cause.code, `exporters::${id}::tls: ${cause.message}`, { cause })
    })
    this.#running = { context: this.#context, transport, health: new Health(host, log), clock, random }
  }

  /** Makes one attempt at what is queued; what the deadline leaves is counted as failed. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const running = this.#running
    this.#running = undefined // takes no more
    await Promise.all(Object.values(this.#senders).map(sender => sender.shutdown(abort)))
    running?.transport.close()
  }

  async #consume<S extends Signal>(signal: S, batch: Batches[S], abort: AbortSignal): Promise<void> {
    if (this.#running === undefined) {
      const { id, meter } = this.#context
      createExporterCounters(meter, id, signal).enqueueFailed(countItems(signal, batch))
      throw notRunning(this.#context)
    }
    await this.#sender(signal, this.#running).offer(batch, abort)
  }

  #sender<S extends Signal>(signal: S, running: SenderOptions): Sender<S> {
    const senders: { [K in S]?: Sender<K> } = this.#senders
    senders[signal] ??= new Sender(signal, running)
    return senders[signal]
  }
}

async function openGrpc(config: OtlpGrpcConfig, clock: Clock): Promise<Transport> {
  const { openTransport } = await import('./transport.ts')
  return openTransport(config, clock)
}
