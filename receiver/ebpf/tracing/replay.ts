/** A recording of `swoll trace` for the logs and traces pipelines, in the place of the kernel: to look at again, to share, to test with. */
import { onAbort } from '../../../pipeline/abort.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import type { Component, Consumers, Create, Host } from '../../../pipeline/component.ts'
import { createDescribe } from '../../../pipeline/resource-detection/describe.ts'
import { Sender } from '../../../trace/batches/sender.ts'
import { EventList } from '../../../trace/events/event-list.ts'
import { EventBatch } from '../../../trace/events/events.ts'
import { originOf } from '../../../trace/recording/contents.ts'
import { openRecording, type Recording } from '../../../trace/recording/reader.ts'
import type { EbpfConfig } from '../config.ts'

export class EbpfReplay implements Component {
  readonly #create: Create<EbpfConfig>
  readonly #next: Consumers
  readonly #abort = new AbortController()
  #isStopped = false
  #reading: Promise<void> | undefined

  constructor(create: Create<EbpfConfig>, next: Consumers) {
    this.#create = create
    this.#next = next
  }

  /** Rejects when it is no recording, or one of another version. */
  async start(host: Host): Promise<void> {
    const recording = await openRecording(this.#create.config.trace.replay!)
    this.#reading = this.#send(recording).catch(error => {
      // The events before the damage have been sent.
      this.#create.log.error({ error: String(error) }, 'the recording cannot be read to its end')
      host.report('permanent', error as Error)
    })
    host.report('ok')
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    this.#isStopped = true
    using _ = onAbort(abort, () => this.#abort.abort(abort.reason))
    await this.#reading
  }

  /** Sends the recording as fast as it is taken: a batch is read when the one before has been sent. */
  async #send({ header, batches, unreadable }: Recording): Promise<void> {
    const { log, config } = this.#create
    const abis = header.abis.map(abi => abi ?? undefined)
    const sender = new Sender({
      next: this.#next,
      abis,
      clock: systemClock,
      describe: createDescribe(config.resource_detection.enabled ? originOf(header) : undefined),
      log,
      abort: this.#abort.signal,
    })
    let events = 0
    let unixOffsetNs = 0n
    try {
      for await (const batch of batches) {
        if (this.#isStopped) return
        await sender.send(batch)
        events += batch.length
        unixOffsetNs = batch.unixOffsetNs
      }
      log.info({ events, calls_without_memory: [...unreadable] }, 'the recording has been sent')
    } finally {
      await sender.send(EventBatch.ofAll(new EventList(), [], unixOffsetNs), 0n)
    }
  }
}
