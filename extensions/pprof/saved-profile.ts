/** A CPU profile of the whole run, in a file. */
import { close, constants, ftruncate, writeFile } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import { openPrivate } from '../../pipeline/private-file.ts'
import { createCpuStacks, startCpu } from './cpu.ts'

/** V8 keeps every sample until it stops, so it is stopped in between, and what it saw is added up. */
const PIECE_MS = 60_000
const { O_CREAT, O_WRONLY } = constants

export class SavedProfile {
  /** A descriptor. */
  readonly #file: number
  readonly #clock: Clock
  readonly #stacks = createCpuStacks()
  readonly #beganNano: bigint
  readonly #beganMs: number
  #stopTimer: Cancel | undefined
  /** Adds what was seen since the last piece. Settles; never rejects. */
  #piece: Promise<unknown> = Promise.resolve()
  #stop: Awaited<ReturnType<typeof startCpu>> | undefined

  private constructor(file: number, clock: Clock) {
    this.#file = file
    this.#clock = clock
    this.#beganNano = clock.unixNano()
    this.#beganMs = clock.monotonicMs()
  }

  /**
   * Opens the file, which is made where it is missing, and begins. Rejects with FILE_UNSAFE where others choose which file that is, or with
   * the error of the system if it cannot be opened.
   */
  static async start(path: string, clock: Clock): Promise<SavedProfile> {
    const file = openPrivate(path, O_WRONLY | O_CREAT)
    const saved = new SavedProfile(file, clock)
    try {
      saved.#stop = await startCpu()
    } catch (error) {
      await promisify(close)(file)
      throw error
    }
    saved.#stopTimer = clock.every(PIECE_MS, () => {
      saved.#piece = saved.#piece.then(() => saved.#next()).catch(() => {}) // at the end it is told
    })
    return saved
  }

  /** Writes the profile in place of what the file held, and closes it. Rejects with the error of the system, or of V8. */
  async end(): Promise<void> {
    this.#stopTimer?.()
    await this.#piece
    try {
      await this.#stop?.(this.#stacks)
      const durationMs = this.#clock.monotonicMs() - this.#beganMs
      const encoded = this.#stacks.encode({ unixNano: this.#beganNano, durationMs })
      const bytes = await promisify(gzip)(encoded)
      await promisify(ftruncate)(this.#file, 0)
      await promisify(writeFile)(this.#file, bytes)
    } finally {
      await promisify(close)(this.#file)
    }
  }

  async #next(): Promise<void> {
    const stop = this.#stop
    this.#stop = undefined
    await stop?.(this.#stacks)
    this.#stop = await startCpu()
  }
}
