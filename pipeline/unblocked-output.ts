/** Standard output and error for a process that must not stop when nobody reads them. */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { isatty } from 'node:tty'
import { type Clock, systemClock } from './clock.ts'
import { Waiters } from './waiters.ts'

interface UnblockedOutputOptions {
  /** Writes some of these bytes and returns their number; throws EAGAIN if none can be written. */
  readonly write: (bytes: Uint8Array) => number
  readonly clock?: Pick<Clock, 'after'>
  /** Most bytes that wait for the reader. */
  readonly mostBytes?: number
}

const MOST_BYTES = 2 ** 20
/** Time until the first look whether the reader goes on; later looks are rarer. */
const FIRST_LOOK_MS = 1
const LAST_LOOK_MS = 50

/**
 * Writes at once what the reader has room for; the rest waits, bounded. Texts that find no room, or that the system refuses,
 * are dropped whole and counted.
 */
export class UnblockedOutput {
  /** Called once texts are written again after some were dropped, with how many. May write. */
  onRecovered: (dropped: number) => void = () => {}
  readonly #o: Required<UnblockedOutputOptions>
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #dropped = 0
  #untold = 0
  #lookMs = FIRST_LOOK_MS
  /** Calls of `drained`. */
  readonly #whoWait = new Waiters()

  constructor(options: UnblockedOutputOptions) {
    this.#o = { clock: systemClock, mostBytes: MOST_BYTES, ...options }
  }

  /** Number of texts dropped so far. */
  get dropped(): number {
    return this.#dropped
  }

  /** Takes the text or drops it; never waits. */
  write(text: string): void {
    const bytes = Buffer.from(text)
    const isFirst = this.#waiting.length === 0
    if (!isFirst && this.#waitingBytes + bytes.length > this.#o.mostBytes) {
      this.#drop(1)
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (isFirst) this.#flush()
  }

  /** Resolves once nothing waits any more, or `abort` fires. */
  async drained(abort: AbortSignal): Promise<void> {
    if (this.#waiting.length > 0) await this.#whoWait.wait(abort)
  }

  #flush(): void {
    try {
      while (this.#waiting.length > 0) this.#writeFirst()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        this.#lookLater()
        return
      }
      // Nobody can read it any more, or the disk is full: the next text may have more luck.
      this.#drop(this.#waiting.length)
      this.#waiting.length = 0
      this.#waitingBytes = 0
    }
    this.#lookMs = FIRST_LOOK_MS
    this.#whoWait.wake()
  }

  #writeFirst(): void {
    const bytes = this.#waiting[0]!
    const written = this.#o.write(bytes)
    this.#waitingBytes -= written
    this.#lookMs = FIRST_LOOK_MS
    if (written < bytes.length) this.#waiting[0] = bytes.subarray(written)
    else {
      this.#waiting.shift()
      if (this.#waiting.length === 0) this.#tellRecovered()
    }
  }

  #lookLater(): void {
    this.#o.clock.after(this.#lookMs, () => this.#flush())
    this.#lookMs = Math.min(2 * this.#lookMs, LAST_LOOK_MS)
  }

  #drop(texts: number): void {
    this.#dropped += texts
    this.#untold += texts
  }

  #tellRecovered(): void {
    if (this.#untold === 0) return
    const dropped = this.#untold
    this.#untold = 0
    this.onRecovered(dropped)
  }
}

/** Writes to this descriptor without ever waiting, if the system can. Other holders of it are left alone, but for sockets. */
export function openUnblocked(fd: number) {
  const own = reopen(fd)
  return {
    write: (bytes: Uint8Array) => writeSync(own, bytes),
    /** Closes what was opened for it; `fd` stays open. */
    close: () => {
      if (own !== fd) closeSync(own)
    },
  }
}

/**
 * A description of the same pipe or terminal that does not block, as `fd` itself must not become one: it is shared with
 * whoever else has it. A socket cannot be opened again, so that it is made not to block. Files never do.
 */
function reopen(fd: number): number {
  try {
    const status = fstatSync(fd)
    if (status.isSocket()) sockets.add(new Socket({ fd, readable: false, writable: true }).unref())
    else if (status.isFIFO() || isatty(fd))
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    // Closed, without a reader, or not to be opened by this user.
  }
  return fd
}

/** A socket that is forgotten closes its descriptor. */
const sockets = new Set<Socket>()
