/**
 * Room on the disk for removals: a database needs some to note that a record has gone, and a disk that others have filled gives none. A file holds
 * it until it is needed.
 */
import { randomBytes } from 'node:crypto'
import { rmSync, statSync, writeFileSync } from 'node:fs'

/** As much as the database may have in its write-ahead log, and not yet in its file: SQLite moves it at 1000 pages. */
const RESERVE_BYTES = 2 ** 22

export class Reserve {
  readonly #path: string
  #isThere = false

  constructor(path: string) {
    this.#path = path
  }

  /** Takes the room, if there is any and it is not taken. */
  fill(): void {
    if (this.#isThere) return
    try {
      // Zeros would take no room where files are compressed.
      if (sizeOf(this.#path) !== RESERVE_BYTES)
        writeFileSync(this.#path, randomBytes(RESERVE_BYTES), { mode: 0o600 })
      this.#isThere = true
    } catch {
      this.release() // no half of it
    }
  }

  /** Gives the room back. Returns whether there was any. */
  release(): boolean {
    const was = this.#isThere
    this.#isThere = false
    rmSync(this.#path, { force: true })
    return was
  }
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size
