/** Where the text goes: in large pieces, and never more of it in memory than a reader keeps up with. */
import { once } from 'node:events'
import { createWriteStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
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

export class TextOutput {
  readonly #stream: Writable
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
    if (this.#pending !== '' && this.#error === undefined) this.#stream.write(this.#pending)
    this.#pending = ''
  }

  /** Why it takes no more. EPIPE: its reader has gone, as `head` does. */
  get error(): NodeJS.ErrnoException | undefined {
    return this.#error ?? this.#stream.errored ?? undefined
  }

  /** Its reader does not keep up. */
  get isFull(): boolean {
    return this.#error === undefined && this.#stream.writableLength > MAX_UNWRITTEN
  }

  /** Writes all there is; resolves when it is written, or cannot be, or `abort` is. */
  async end(abort: AbortSignal): Promise<void> {
    this.flush()
    if (this.#error !== undefined || this.#stream.writableLength === 0) return
    const written = new Promise<void>(resolve => this.#stream.write('', () => resolve()))
    const aborted = abort.aborted ? undefined : once(abort, 'abort')
    await Promise.race([written, this.#failed, aborted])
  }
}

/**
 * A file; or standard output or error. A pipe that nobody shares is written to without waiting, so that a reader which has
 * stopped (`less`) does not stop swoll. Throws the system's error for a file that cannot be written.
 */
export function openOutput(file: string | undefined, fd: 1 | 2, isShared: boolean): TextOutput {
  if (file !== undefined) return new TextOutput(openFile(file))
  if (isShared) return new TextOutput(fd === 1 ? process.stdout : process.stderr)
  const status = fstatSync(fd)
  if (status.isFIFO() || status.isSocket()) return new TextOutput(new Socket({ fd, readable: false }))
  return new TextOutput(fd === 1 ? process.stdout : process.stderr)
}

/** Files are written to at once, which costs least; a FIFO has a reader, who may stop. */
function openFile(file: string): Writable {
  const fd = openSync(file, 'w')
  return fstatSync(fd).isFIFO() ? createWriteStream(file, { fd }) : new FileStream(fd)
}
