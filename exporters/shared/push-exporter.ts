import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Host, Part, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { countItems } from '../../pipeline/graph/counted.ts'
import { createExporterCounters } from '../../pipeline/item-counters.ts'
import type { Store } from '../../pipeline/storage.ts'
import { createConsumers, notRunning } from './consumers.ts'
import { Health } from './health.ts'
import type { Protocol, PushConfig } from './protocol.ts'
import { Sender, type SenderOptions } from './sender.ts'

/** Parts that tests replace. */
interface PushParts {
  readonly clock?: Clock
  readonly random?: () => number
}

/** By signal, each made when the first batch comes. */
type Senders<C extends PushConfig> = { [S in Signal]?: Sender<S, C> }

/** Sends what it is given to a server: through bounded queues, in order, with retries, each item accounted for. */
export class PushExporter<C extends PushConfig> implements Part {
  readonly countsItself = true
  readonly consumers: Consumers
  readonly #context: Create<C>
  readonly #protocol: Protocol<C>
  readonly #parts: PushParts
  readonly #senders: Senders<C> = {}
  #running: SenderOptions<C> | undefined

  constructor(context: Create<C>, protocol: Protocol<C>, parts: PushParts = {}) {
    this.#context = context
    this.#protocol = protocol
    this.#parts = parts
    this.consumers = createConsumers((signal, batch, abort) => this.#consume(signal, batch, abort))
  }

  /** Reads the certificates and loads what the protocol takes. A server that cannot be reached is no error: it may come. */
  async start(host: Host): Promise<void> {
    const { id, config, log } = this.#context
    const { clock = systemClock, random = Math.random } = this.#parts
    const protocol = this.#protocol
    const transport = await protocol.open(config, { clock, host }).catch((cause: unknown) => {
      if (!(cause instanceof SwollError)) throw cause
      throw new SwollError(cause.code, `exporters::${id}::tls: ${cause.message}`, { cause })
    })
    const store = await this.#openStore(host)
    const health = new Health(host, log)
    this.#running = { context: this.#context, protocol, transport, store, health, clock, random }
    for (const log of store?.unclaimed() ?? []) this.#restore(log)
  }

  /** Makes one attempt at what is queued; what the deadline leaves is counted as failed. */
  async shutdown(abort: AbortSignal): Promise<void> {
    const running = this.#running
    this.#running = undefined // takes no more
    await Promise.all(Object.values(this.#senders).map(sender => sender.shutdown(abort)))
    running?.store?.close()
    running?.transport.close()
  }

  async #openStore(host: Host): Promise<Store | undefined> {
    const { id, config } = this.#context
    const { storage } = config.sending_queue
    if (storage === undefined) return undefined
    return host.extension(storage, 'storage').open(`exporters.${id}`, log => this.#restore(log))
  }

  /** Sends what is stored of a signal and belongs to nobody. */
  #restore(log: string): void {
    if (log in this.consumers && this.#running) this.#sender(log as Signal, this.#running).restore()
  }

  async #consume<S extends Signal>(signal: S, batch: Batches[S], abort: AbortSignal): Promise<void> {
    if (this.#running === undefined) {
      const { id, meter } = this.#context
      createExporterCounters(meter, id, signal).enqueueFailed(countItems(signal, batch))
      throw notRunning(this.#context)
    }
    await this.#sender(signal, this.#running).offer(batch, abort)
  }

  #sender<S extends Signal>(signal: S, running: SenderOptions<C>): Sender<S, C> {
    const senders: { [K in S]?: Sender<K, C> } = this.#senders
    senders[signal] ??= new Sender(signal, running)
    return senders[signal]
  }
}
