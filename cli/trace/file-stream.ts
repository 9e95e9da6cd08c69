/** A file that is written to at once: what was given is not needed any more when `write` returns. */
import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'

/** A piece is written as a whole or not at all, where the file is ours and can be made shorter again. */
export class FileStream extends Writable {
  readonly #fd: number
  readonly #isLent: boolean

  /** A descriptor that is lent has other users, and is not closed. */
  constructor(fd: number, { isLent = false }: { readonly isLent?: boolean } = {}) {
    super({ decodeStrings: true })
    this.#fd = fd
    this.#isLent = isLent
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    try {
      writeAll(this.#fd, bytes, !this.#isLent)
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#isLent) closeSync(this.#fd)
    done(error)
  }
}

/** Appends, or throws the system's error. With `isWhole` a part that was written is taken back then: nobody else may write to the file. */
export function writeAll(fd: number, bytes: Uint8Array, isWhole: boolean): void {
  let at = 0
  try {
    while (at < bytes.length) at += writeSync(fd, bytes, at)
  } catch (error) {
    if (isWhole && at > 0) takeBack(fd, at)
    throw error
  }
}

function takeBack(fd: number, length: number): void {
  const status = fstatSync(fd)
  if (status.isFile() && status.size >= length) ftruncateSync(fd, status.size - length)
}
