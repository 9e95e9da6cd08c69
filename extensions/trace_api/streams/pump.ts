/** Brings the messages of a stream to one client, as fast as it reads. */
import type { StreamReader } from '../../../trace/jobs/job.ts'
import type { Encoded, EncodedChunks } from './encoded.ts'
import type { Outlet } from './outlet.ts'

interface PumpOptions {
  readonly reader: StreamReader
  readonly run: string
  readonly outlet: Outlet
  readonly chunks: EncodedChunks
  sent(messages: number): void
  missed(messages: number, reason: string): void
}

/** Written at once, and so what waits in the process for a client that does not read. */
const SLICE_BYTES = 64 * 1024

/** Closes the reader once all is sent, or the outlet is closed. */
export class Pump {
  readonly #options: PumpOptions
  /** Not sent to its end yet. */
  #current: { readonly encoded: Encoded; at: number } | undefined
  #isFull = false
  #isClosed = false

  constructor(options: PumpOptions) {
    this.#options = options
    const { reader, outlet } = options
    reader.onReadable(() => this.#run())
    outlet.onDrain(() => {
      this.#isFull = false
      this.#run()
    })
    outlet.onClose(() => {
      this.#isClosed = true
      this.#current = undefined
      reader.close()
    })
  }

  start(): void {
    this.#run()
  }

  #run(): void {
    while (!this.#isFull && !this.#isClosed) {
      if (this.#current) this.#sendSlice(this.#current)
      else if (!this.#takeNext()) return
    }
  }

  /** False: there is nothing now. */
  #takeNext(): boolean {
    const { reader, run, outlet, chunks, missed } = this.#options
    const piece = reader.take()
    if (piece === undefined) {
      if (reader.isEnded) outlet.end('over')
      return false
    }
    if (piece.kind === 'chunk') this.#current = { encoded: chunks.of(piece.chunk, run), at: piece.from }
    else {
      missed(piece.messages, piece.reason)
      this.#isFull = !outlet.write(outlet.toMessage(toLostLine(piece)))
    }
    return true
  }

  #sendSlice(current: { readonly encoded: Encoded; at: number }): void {
    const { bytes, offsets } = current.encoded
    const [from, last] = [current.at, offsets.length - 1]
    let to = Math.min(from + 1, last)
    while (to < last && offsets[to + 1]! - offsets[from]! <= SLICE_BYTES) to++
    if (to > from) this.#isFull = !this.#options.outlet.write(bytes.subarray(offsets[from], offsets[to]))
    this.#options.sent(to - from)
    this.#options.reader.sent(to - from)
    current.at = to
    if (to === last) this.#current = undefined
  }
}

/** A line as `swoll trace -o json` has them for what is lost. */
function toLostLine({ messages, reason }: { readonly messages: number; readonly reason: string }): string {
  return JSON.stringify({
    version: 1,
    type: 'lost',
    calls: messages,
    reason,
    container: null,
    unit: null,
    cgroup: null,
  })
}
