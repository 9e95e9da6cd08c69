/** Prints messages of agents as `swoll trace` prints the same events on their nodes. */
import type { LineFormat } from './format.ts'
import { MessageCall, MessageSources, toEnd } from './message-events.ts'
import type { TraceMessage } from './messages.ts'

export class MessagePrinter {
  readonly #format: LineFormat
  readonly #sources = new MessageSources()
  calls = 0
  lost = 0

  /** The format's names come from `findRecordedName`. */
  constructor(format: LineFormat) {
    this.#format = format
    format.begin?.({ unixOffsetNs: 0n })
  }

  print(message: TraceMessage): void {
    const sources = this.#sources
    if (message.type === 'call') {
      this.calls++
      this.#format.call(new MessageCall(message), sources.threadOf(message))
    } else if (message.type === 'end') {
      this.#format.end?.(toEnd(message), sources.threadOf(message))
    } else if (message.type === 'lost') {
      this.lost += message.calls
      const { calls, reason } = message
      this.#format.gap({ events: calls, reason, resource: sources.resourceOf(message) })
    }
  }

  flush(): void {
    this.#format.flush?.()
  }

  finish(): void {
    this.#format.finish?.()
  }
}
