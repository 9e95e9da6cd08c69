/** Server-Sent Events, as far as agents send them (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
import { readTextLines } from '../pipeline/text-lines.ts'

/** The longest event; that of a call with the largest payload and environment is a few MiB. */
const EVENT_LIMIT_BYTES = 32 * 2 ** 20
const COLON = ':'

interface ServerEvent {
  /** The id of this event or the last one before that had any. */
  readonly id: string | undefined
  readonly data: string
}

/** Events of a body. Comments are passed over, and so is an event that was cut off. Throws RangeError for one that never ends. */
export async function* readEvents(body: AsyncIterable<Buffer>): AsyncGenerator<ServerEvent> {
  const fields = new Fields()
  for await (const text of readTextLines(body, EVENT_LIMIT_BYTES, tooLong)) {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    if (line !== '') fields.add(line)
    else if (fields.data !== undefined) yield fields.take()
  }
}

class Fields {
  #id: string | undefined
  data: string | undefined

  add(line: string): void {
    const at = line.indexOf(COLON)
    const name = at < 0 ? line : line.slice(0, at)
    const value = at < 0 ? '' : line.slice(line[at + 1] === ' ' ? at + 2 : at + 1)
    if (name === 'data') this.data = this.data === undefined ? value : `${this.data}\n${value}`
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    if ((this.data?.length ?? 0) > EVENT_LIMIT_BYTES) throw tooLong()
  }

  take(): ServerEvent {
    const event = { id: this.#id, data: this.data! }
    this.data = undefined
    return event
  }
}

const tooLong = () => new RangeError(`an event must be of at most ${EVENT_LIMIT_BYTES} bytes`)
