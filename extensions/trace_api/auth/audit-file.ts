/** A file to which lines are appended, whoever renames it meanwhile. Who writes never waits; what cannot be written is counted. */
import { type BigIntStats, closeSync, constants } from 'node:fs'
import { type FileHandle, open, rename, stat } from 'node:fs/promises'
import { openPrivate } from '../../../pipeline/private-file.ts'
import type { AuditLogConfig } from './config.ts'

type LossReason = 'queue_full' | 'write_failed'

interface AuditFileOptions {
  readonly config: NonNullable<AuditLogConfig>
  readonly onLost: (lines: number, reason: LossReason, error?: Error) => void
}

/** Bytes that wait for the disk. */
const MAX_WAITING = 2 ** 20

const NEWLINE = 0x0a

const { O_APPEND, O_CREAT, O_WRONLY } = constants

export class AuditFile {
  readonly #options: AuditFileOptions
  #file: FileHandle | undefined
  #waiting: string[] = []
  #waitingBytes = 0
  /** The file ends within a line. */
  #isTorn = false
  #writing: Promise<void> | undefined

  constructor(options: AuditFileOptions) {
    this.#options = options
  }

  /** Rejects where the file cannot be opened. */
  async start(): Promise<void> {
    await this.#open()
  }

  /** `line` without its end. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line) + 1
    if (this.#waitingBytes + bytes > MAX_WAITING) {
      this.#options.onLost(1, 'queue_full')
      return
    }
    this.#waiting.push(line)
    this.#waitingBytes += bytes
    this.#writing ??= this.#drain()
  }

  /** Resolves when all is written, or lost. */
  async written(): Promise<void> {
    await this.#writing
  }

  async close(): Promise<void> {
    await this.written()
    await this.#file?.close()
    this.#file = undefined
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting
      this.#waiting = []
      this.#waitingBytes = 0
      await this.#append(lines).catch((error: Error) =>
        this.#options.onLost(lines.length, 'write_failed', error),
      )
    }
    this.#writing = undefined
  }

  async #append(lines: readonly string[]): Promise<void> {
    const file = await this.#follow()
    const text = `${lines.join('\n')}\n`
    const start = this.#isTorn ? '\n' : ''
    const bytes = Buffer.from(start + text)
    let done = 0
    try {
      while (done < bytes.length) done += (await file.write(bytes, done)).bytesWritten
      this.#isTorn = false
    } catch (error) {
      const written = bytes.subarray(start.length, done)
      if (done > 0) this.#isTorn = bytes[done - 1] !== NEWLINE
      this.#options.onLost(lines.length - count(written, NEWLINE), 'write_failed', error as Error)
    }
  }

  /** The file that has the name now: somebody may have renamed or removed the other one. */
  async #follow(): Promise<FileHandle> {
    const { path, max_size } = this.#options.config
    const file = this.#file ?? (await this.#open())
    const [own, named] = await Promise.all([
      file.stat({ bigint: true }),
      stat(path, { bigint: true }).catch(() => undefined),
    ])
    const isOwn = named !== undefined && isSame(own, named)
    if (isOwn && own.size < BigInt(max_size)) return file
    if (isOwn && own.isFile()) await rename(path, `${path}.1`)
    return this.#open()
  }

  async #open(): Promise<FileHandle> {
    const { path } = this.#options.config
    const before = this.#file
    // Checks that nobody else chose the file, and makes it the owner's alone; the handle is then Node's own.
    const fd = openPrivate(path, O_WRONLY | O_CREAT | O_APPEND)
    try {
      this.#file = await open(`/proc/self/fd/${fd}`, O_WRONLY | O_APPEND)
    } finally {
      closeSync(fd)
    }
    this.#isTorn = false
    await before?.close()
    return this.#file
  }
}

function count(bytes: Buffer, wanted: number): number {
  return bytes.reduce((sum, byte) => sum + (byte === wanted ? 1 : 0), 0)
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino
}
