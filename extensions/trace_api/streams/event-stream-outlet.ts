import type Http from 'node:http'
import type { End, Outlet } from './outlet.ts'

/** HTML, 9.2: lines that begin with a colon are ignored. */
const PING = Buffer.from(': ping\n\n')

/** Server-Sent Events. Whoever does not read is cut off by the listener. */
export class EventStreamOutlet implements Outlet {
  readonly kind = 'sse'
  readonly #response: Http.ServerResponse

  constructor(response: Http.ServerResponse) {
    this.#response = response
    response.on('error', () => {}) // closes it
  }

  write(bytes: Buffer): boolean {
    return this.#response.writable && this.#response.write(bytes)
  }

  /** Without an id: whoever comes back goes on behind the last message that has one. */
  toMessage(text: string): Buffer {
    return Buffer.from(`data: ${text}\n\n`)
  }

  end(_: End): void {
    this.#response.end()
  }

  onDrain(run: () => void): void {
    this.#response.on('drain', run)
  }

  onClose(run: () => void): void {
    this.#response.once('close', run)
  }

  ping(): void {
    if (!this.#response.writableNeedDrain) this.write(PING)
  }
}
