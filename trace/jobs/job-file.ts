/** The calls of one job in a file: whole lines, in bounded space, written while nobody waits for it. */

import { closeSync, constants } from 'node:fs'
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises'
import { openPrivate } from '../../pipeline/private-file.ts'
import type { Chunk } from './job.ts'

/** What is written, and what did not come to be. */
interface JobFileOptions {
  readonly path: string
  /** Bytes of the file; what it has then becomes PATH.1, in the place of what was there. */
  readonly maxBytes: number
  /** Lines that could not be written, and why. */
  onLost(lines: number, error: Error): void
  /** Lines were written. */
  onWritten?(): void
}

/** Most bytes that wait for the disk. */
const MAX_WAITING = 8 * 2 ** 20

export class JobFile {
  readonly #options: JobFileOptions
  #waiting: Chunk[] = []
  #waitingBytes = 0
  #writing: Promise<void> | undefined
  #handle: FileHandle | undefined

  constructor(options: JobFileOptions) {
    this.#options = options
  }

  /** Returns the lines for which there is no room. */
  add(chunk: Chunk): number {
    if (this.#waitingBytes + chunk.bytes.length > MAX_WAITING) return chunk.count
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.bytes.length
    this.#writing ??= this.#writeAll()
    return 0
  }

  /** Resolves when all has been written, or is lost. */
  async close(): Promise<void> {
    await this.#writing
    await this.#handle?.close()
    this.#handle = undefined
  }

  /** Removes what it wrote. */
  async remove(): Promise<void> {
    await this.close()
    const { path } = this.#options
    await Promise.allSettled([unlink(path), unlink(`${path}.1`)]) // one of them may not be there
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const chunks = this.#waiting
      this.#waiting = []
      this.#waitingBytes = 0
      try {
        await this.#write(Buffer.concat(chunks.map(({ bytes }) => bytes)))
        this.#options.onWritten?.()
      } catch (error) {
        const lines = chunks.reduce((sum, { count }) => sum + count, 0)
        this.#options.onLost(lines, error as Error)
      }
    }
    // At once: what comes later must not wait for one that has ended.
    this.#writing = undefined
  }

  /** Writes all of it, or rejects having taken back what was written of it. */
  async #write(bytes: Buffer): Promise<void> {
    const handle = await this.#fitting(bytes.length)
    const { size } = await handle.stat()
    try {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
    } catch (error) {
      await handle.truncate(size).catch(() => {}) // what cannot be written to cannot be cut either
      throw error
    }
  }

  /** The file, or a new one where so much would make it too large. */
  async #fitting(bytes: number): Promise<FileHandle> {
    const { path, maxBytes } = this.#options
    this.#handle ??= await this.#open()
    const { size } = await this.#handle.stat()
    if (size === 0 || size + bytes <= maxBytes) return this.#handle
    await this.#handle.close()
    this.#handle = undefined
    await rename(path, `${path}.1`)
    this.#handle = await this.#open()
    return this.#handle
  }

  /** For its owner alone: who may read the calls of a pod is not who may read files of the node. */
  async #open(): Promise<FileHandle> {
    const { O_WRONLY, O_CREAT, O_APPEND } = constants
    const fd = openPrivate(this.#options.path, O_WRONLY | O_CREAT | O_APPEND)
    try {
      // The same file again, as what node:fs/promises has of one.
      return await open(`/proc/self/fd/${fd}`, O_WRONLY | O_APPEND)
    } finally {
      closeSync(fd)
    }
  }
}

/** When it was written last, Unix time; undefined: it is not there. */
export async function modifiedMs(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs
}
