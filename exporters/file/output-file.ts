/** The file on disk: whole lines only, whatever goes wrong, and put aside when it is large. */
import { closeSync, constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import * as nodeFs from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import type { Clock } from '../../pipeline/clock.ts'
import { openPrivate } from '../../pipeline/private-file.ts'
import { backupPath, surplusBackups } from './backups.ts'
import type { FileConfig } from './config.ts'

/** The part of node:fs/promises that is used, for tests to break. */
export type FileSystem = Pick<typeof nodeFs, 'mkdir' | 'open' | 'rename' | 'stat' | 'readdir' | 'unlink'>

const MIB = 2 ** 20
const NS_PER_MS = 1_000_000n
const LINE_FEED = 0x0a

const compress = promisify(zstdCompress)

interface OutputFileOptions {
  readonly config: FileConfig
  readonly clock: Clock
  readonly fs?: FileSystem
  /** Told of what is not fatal: a file that could not be put aside or removed. */
  readonly onProblem: (error: Error) => void
}

/** One call at a time. */
export class OutputFile {
  readonly #config: FileConfig
  readonly #clock: Clock
  readonly #fs: FileSystem
  readonly #onProblem: (error: Error) => void
  #handle: FileHandle | undefined

  constructor({ config, clock, fs = nodeFs, onProblem }: OutputFileOptions) {
    this.#config = config
    this.#clock = clock
    this.#fs = fs
    this.#onProblem = onProblem
  }

  /**
   * Opens the file, to go on in it if `isShared`: others have it open. Rejects with the error of the file system if it cannot be opened
   * for writing, or its folder not be made.
   */
  async open(isShared = false): Promise<void> {
    const { path, rotation, create_directory: isMade, directory_permissions: mode } = this.#config
    if (isMade) await this.#fs.mkdir(dirname(path), { recursive: true, mode: Number.parseInt(mode, 8) })
    const append = this.#config.append || isShared
    if (rotation && !append && (await this.#size(path)) > 0) await this.#putAside()
    this.#handle = await this.#openHandle(!append && !rotation)
    if (append) await this.#endLine()
  }

  /**
   * Writes all of it, or rejects having taken back what was written of it. Opens a new file first if this one would get
   * too large, or if somebody has moved it away.
   */
  async write(lines: Uint8Array): Promise<void> {
    const { compression, rotation } = this.#config
    const bytes = compression === 'zstd' ? await compress(lines) : lines
    let handle = await this.#current()
    let { size } = await handle.stat()
    if (rotation && size > 0 && size + bytes.length > rotation.max_megabytes * MIB) {
      await this.close()
      await this.#putAside()
      handle = await this.#reopen()
      size = (await handle.stat()).size
    }
    try {
      for (let at = 0; at < bytes.length; )
        at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten
    } catch (error) {
      await handle.truncate(size).catch(() => {}) // a pipe has nothing to take back
      throw error
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  /** Opens the file for its owner alone: only who traced may read it. */
  async #openHandle(isEmptied: boolean): Promise<FileHandle> {
    const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC } = constants
    const flags = O_WRONLY | O_CREAT | O_APPEND | (isEmptied ? O_TRUNC : 0)
    const fd = openPrivate(this.#config.path, flags)
    try {
      // The same file again, as what node:fs/promises has of one.
      return await this.#fs.open(`/proc/self/fd/${fd}`, O_WRONLY | O_APPEND)
    } finally {
      closeSync(fd)
    }
  }

  /** The open file, or a new one if there is no file of that name any more: others may rotate it too. */
  async #current(): Promise<FileHandle> {
    const handle = this.#handle
    const [own, there] = await Promise.all([
      handle?.stat(),
      this.#fs.stat(this.#config.path).catch(() => undefined),
    ])
    if (handle && own!.ino === there?.ino && own!.dev === there?.dev) return handle
    return this.#reopen()
  }

  async #reopen(): Promise<FileHandle> {
    await this.close()
    this.#handle = await this.#openHandle(false)
    return this.#handle
  }

  /** Renames the file, and removes what is surplus then. If it cannot be renamed it is written on. */
  async #putAside(): Promise<void> {
    const { path, rotation } = this.#config
    if (!rotation) return
    try {
      let timeMs = this.#nowMs()
      while ((await this.#size(backupPath(path, timeMs, rotation))) >= 0) timeMs++
      await this.#fs.rename(path, backupPath(path, timeMs, rotation))
      const names = await this.#fs.readdir(dirname(path))
      for (const surplus of surplusBackups(path, names, { nowMs: this.#nowMs(), rotation }))
        await this.#fs.unlink(surplus)
    } catch (error) {
      this.#onProblem(error as Error)
    }
  }

  /** A line that a crash has cut short must not run into the next one. */
  async #endLine(): Promise<void> {
    const { path, compression } = this.#config
    const size = await this.#size(path)
    if (compression !== 'none' || size <= 0) return
    await using reader = await this.#fs.open(path, 'r')
    const { buffer, bytesRead } = await reader.read(new Uint8Array(1), 0, 1, size - 1)
    if (bytesRead === 1 && buffer[0] !== LINE_FEED) await this.#handle!.write('\n')
  }

  /** -1: there is no such file. */
  async #size(path: string): Promise<number> {
    const found = await this.#fs.stat(path).catch(() => undefined)
    return found?.size ?? -1
  }

  #nowMs(): number {
    return Number(this.#clock.unixNano() / NS_PER_MS)
  }
}
