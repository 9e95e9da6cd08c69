import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { toFrame } from './encoded.ts'
import { ENDS, type End, type Outlet } from './outlet.ts'

/** Sends frames past the library: it would make one for each client. Both write whole frames only. */
export class WebSocketOutlet implements Outlet {
  readonly kind = 'websocket'
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  #hasAnswered = true
  #writtenBytes = 0
  /** Of what was written, what had left by the last ping. */
  #takenBytes = 0

  constructor(webSocket: WebSocket, socket: Duplex) {
    this.#webSocket = webSocket
    this.#socket = socket
    webSocket.on('pong', () => {
      this.#hasAnswered = true
    })
    webSocket.on('error', () => {}) // the library closes it, with the fitting code
  }

  write(bytes: Buffer): boolean {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return false
    this.#writtenBytes += bytes.length
    return this.#socket.write(bytes)
  }

  toMessage(text: string): Buffer {
    return toFrame(text)
  }

  end(end: End): void {
    this.#webSocket.close(ENDS[end])
  }

  onDrain(run: () => void): void {
    this.#socket.on('drain', run)
  }

  onClose(run: () => void): void {
    this.#webSocket.once('close', run)
  }

  /** Who reads slowly sees a ping late: then it counts that he takes some of what waits. */
  ping(): void {
    const waitingBytes = this.#socket.writableLength
    const takenBytes = this.#writtenBytes - waitingBytes
    const isReading = waitingBytes > 0 && takenBytes > this.#takenBytes
    if (!this.#hasAnswered && !isReading) this.#webSocket.terminate()
    this.#takenBytes = takenBytes
    this.#hasAnswered = false
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping()
  }
}
