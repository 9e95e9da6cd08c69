import type { Sender } from '../../trace/batches/sender.ts'
import { EventList } from '../../trace/events/event-list.ts'
import { EventBatch } from '../../trace/events/events.ts'

/** While so many batches of one job are on their way, the next looks are lost: a fifth of a second and a look. */
const MAX_SENDS = 5

/** Sends the batches of one job. Nobody waits for the pipelines: what comes while they are busy is lost, and counted. */
export class JobSender {
  readonly #sender: Pick<Sender, 'send'>
  readonly #sends = new Set<Promise<void>>()
  #unixOffsetNs = 0n
  /** Whether the pieces of this look are sent; undefined: it has none yet. They come at once, and no pipeline can take one between two. */
  #isLookSent: boolean | undefined

  constructor(sender: Pick<Sender, 'send'>) {
    this.#sender = sender
  }

  /** The batch is valid until this returns. Returns how many events are lost. */
  take(batch: EventBatch): number {
    if (!this.#hasRoom()) return batch.length
    this.#unixOffsetNs = batch.unixOffsetNs
    this.#send(batch)
    return 0
  }

  /** Ends the spans of processes that live (CLOCK_MONOTONIC), and resolves when all has been sent. */
  async end(nowNs: bigint): Promise<void> {
    this.#send(EventBatch.ofAll(new EventList(), [], this.#unixOffsetNs), nowNs)
    await Promise.all(this.#sends)
  }

  #hasRoom(): boolean {
    if (this.#isLookSent === undefined) {
      this.#isLookSent = this.#sends.size < MAX_SENDS
      queueMicrotask(() => {
        this.#isLookSent = undefined
      })
    }
    return this.#isLookSent
  }

  #send(batch: EventBatch, lastNs?: bigint): void {
    const sent = this.#sender.send(batch, lastNs).finally(() => this.#sends.delete(sent))
    this.#sends.add(sent)
  }
}
