/** A file that is written to at once: what was given is not needed any more when `write` returns. */
import { closeSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'

export class FileStream extends Writable {
  readonly #fd: number

  constructor(fd: number) {
    super({ decodeStrings: true })
    this.#fd = fd
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at)
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    closeSync(this.#fd)
    done(error)
  }
}
