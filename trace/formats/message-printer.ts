/** Prints messages of agents as `swoll trace` prints the same events on their nodes. */
import type { LineFormat } from './format.ts'
import { MessageCall, MessageSources, toEnd } from './message-events.ts'
import type { TraceMessage } from './messages.ts'

export class MessagePrinter {
  readonly #format: LineFormat
  readonly #sources = new MessageSources()

  /** The format's names come from `findRecordedName`, its ABIs are MESSAGE_ABIS. */
  constructor(format: LineFormat) {
    this.#format = format
  }

  print(messages: readonly TraceMessage[]): void {
    this.#format.begin?.({ length: messages.length, unixOffsetNs: 0n })
    for (const message of messages) this.#printOne(message)
    this.#format.flush?.()
  }

  #printOne(message: TraceMessage): void {
    const sources = this.#sources
    if (message.type === 'call') {
      this.#format.call(new MessageCall(message), sources.threadOf(message))
    } else if (message.type === 'end') {
      this.#format.end?.(toEnd(message), sources.threadOf(message))
    } else if (message.type === 'lost') {
      const { calls, reason } = message
      this.#format.gap({ events: calls, reason, resource: sources.resourceOf(message) })
    }
  }

  finish(): void {
    this.#format.finish?.()
  }
}
