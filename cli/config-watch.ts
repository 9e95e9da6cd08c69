/** Notices that files which a configuration was read from hold something else. By looking: a ConfigMap changes a link above the file, and no file. */
import { createHash } from 'node:crypto'
import { readFileSync, type Stats, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { MAX_BYTES } from '../otel-config/limits.ts'
import type { Cancel, Clock } from '../pipeline/clock.ts'

const LOOKS_MS = 2000

export class ConfigWatch {
  readonly #clock: Pick<Clock, 'every'>
  /** What each file held when the last configuration was read. */
  #read: ReadonlyMap<string, string> = new Map()
  /** What the last look found, if it was something else: it counts once another look finds the same. */
  #unsettled: string | undefined
  #isReading = false
  #isLooking = false

  constructor(clock: Pick<Clock, 'every'>) {
    this.#clock = clock
  }

  /** `read` notes each file before it reads it. From then on these are watched, whatever becomes of the configuration. */
  async follow<T>(read: (note: (path: string) => void) => Promise<T>): Promise<T> {
    const noted = new Map<string, string>()
    this.#isReading = true
    try {
      return await read(path => {
        if (!noted.has(path)) noted.set(path, describeNow(path))
      })
    } finally {
      this.#read = noted
      this.#unsettled = undefined
      this.#isReading = false
    }
  }

  /** The files that are watched now. */
  get files(): readonly string[] {
    return [...this.#read.keys()]
  }

  /** Calls `onChange` with the files that have changed, once two looks have found the same, and again until the configuration is read anew. */
  start(onChange: (files: readonly string[]) => void): Cancel {
    return this.#clock.every(LOOKS_MS, () => void this.look(onChange))
  }

  /** One look; done when it is over. `start` has one every two seconds. */
  async look(onChange: (files: readonly string[]) => void): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    const before = this.#read
    const found = await Promise.all(
      [...before.keys()].map(async path => [path, await describe(path)] as const),
    )
    this.#isLooking = false
    if (this.#isReading || this.#read !== before) return
    const changed = found.filter(([path, content]) => before.get(path) !== content)
    const look = changed.length > 0 ? JSON.stringify(changed) : undefined
    const isSettled = look !== undefined && look === this.#unsettled
    this.#unsettled = isSettled ? undefined : look
    if (isSettled) onChange(changed.map(([path]) => path))
  }
}

/** What there is at a path, and whether it is to be read: nothing but a file of the size of a configuration. */
function kindOf(seen: Stats): string | undefined {
  if (!seen.isFile()) return 'no file'
  return seen.size > MAX_BYTES ? `too large: ${seen.size}` : undefined
}

function describeNow(path: string): string {
  try {
    return kindOf(statSync(path)) ?? digest(readFileSync(path))
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

async function describe(path: string): Promise<string> {
  try {
    return kindOf(await stat(path)) ?? digest(await readFile(path))
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

/** Of the content: two changes within a tick of the file system's clock leave one time of change, and may leave one length. */
function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('base64')
}
