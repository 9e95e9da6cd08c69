/** Where the text goes: in large pieces, and never more of it in memory than a reader keeps up with. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { FileStream } from './file-stream.ts'

const PIECE = 64 * 1024
/** With more than this not yet written, nothing more should be made. */
const MAX_UNWRITTEN = 8 * 2 ** 20
const MAX_SPARES = MAX_UNWRITTEN / PIECE

/** A little more than is needed now, so that pieces of about the same length fit later. */
function roomFor({ length }: Uint8Array): number {
  return Math.ceil((1.5 * length) / PIECE) * PIECE
}

/** A place in the output: so many bytes hold so many calls, counted from the start. */
interface Mark {
  readonly bytes: number
  readonly calls: number
}

export class TextOutput {
  readonly #stream: Writable
  /** How many calls have been printed so far. */
  countCalls: () => number = () => 0
  #bytes = 0
  /** Marks of the pieces that are not known to be written, and the last one of those that are. */
  #marks: Mark[] = [{ bytes: 0, calls: 0 }]
  #pending = ''
  #error: Error | undefined
  /** Memory of pieces that are written, for the next ones. */
  readonly #spares: Buffer[] = []
  readonly #failed: Promise<void>

  constructor(stream: Writable) {
    this.#stream = stream
    this.#failed = new Promise(resolve => {
      stream.on('error', error => {
        this.#error ??= error
        resolve()
      })
    })
  }

  readonly write = (text: string): void => {
    this.#pending += text
    if (this.#pending.length >= PIECE) this.flush()
  }

  readonly writeBytes = (bytes: Uint8Array): void => {
    this.flush()
    if (this.#error !== undefined) return
    if (this.#stream instanceof FileStream) this.#stream.write(bytes)
    else this.#writeCopy(bytes)
    this.#mark(bytes.length)
  }

  #writeCopy(bytes: Uint8Array): void {
    const kept = this.#spares.pop()
    const piece =
      kept !== undefined && kept.length >= bytes.length ? kept : Buffer.allocUnsafeSlow(roomFor(bytes))
    piece.set(bytes)
    this.#stream.write(piece.subarray(0, bytes.length), () => {
      if (this.#spares.length < MAX_SPARES) this.#spares.push(piece)
    })
  }

  flush(): void {
    if (this.#pending !== '' && this.#error === undefined) {
      const bytes = Buffer.from(this.#pending)
      this.#stream.write(bytes)
      this.#mark(bytes.length)
    }
    this.#pending = ''
  }

  #mark(bytes: number): void {
    if (this.error !== undefined) return // which a file knows at once
    this.#bytes += bytes
    const written = this.#bytes - this.#stream.writableLength
    const first = this.#marks.findLastIndex(mark => mark.bytes <= written)
    this.#marks.splice(0, first)
    this.#marks.push({ bytes: this.#bytes, calls: this.countCalls() })
  }

  /** How many of the printed calls are not known to have been written: those of a piece of which a part was, too. */
  get unwrittenCalls(): number {
    const written = this.#bytes - (this.error === undefined ? this.#stream.writableLength : 0)
    return this.countCalls() - (this.#marks.findLast(mark => mark.bytes <= written)?.calls ?? 0)
  }

  /** Why it takes no more. EPIPE: its reader has gone, as `head` does. */
  get error(): NodeJS.ErrnoException | undefined {
    return this.#error ?? this.#stream.errored ?? undefined
  }

  /** Its reader does not keep up. */
  get isFull(): boolean {
    return this.#error === undefined && this.#stream.writableLength > MAX_UNWRITTEN
  }

  /** Writes all there is, however long its reader takes; resolves when it is written, or cannot be, or `abort` is. */
  async end(abort: AbortSignal): Promise<void> {
    this.flush()
    if (this.#error !== undefined || this.#stream.writableLength === 0) return
    const written = new Promise<void>(resolve => this.#stream.write('', () => resolve()))
    const aborted = abort.aborted ? undefined : once(abort, 'abort')
    await Promise.race([written, this.#failed, aborted])
  }
}
