/**
 * Which test files may run at the same time. A file says what it cannot bear beside it, in lines of its own:
 *
 *     // Alone: it counts the programs that the kernel has.
 *     // Has for itself: dist, pods (its agent counts those of the whole machine).
 *     // Shares: pods.
 *     // Takes minutes.
 *
 * Those that have something for themselves come first, for they keep most others waiting and would be left over, one after the other; then those that take
 * minutes; those that are alone come last.
 */

interface Needs {
  readonly isAlone: boolean
  readonly isLong: boolean
  /** Things that no file beside it may have or share. */
  readonly own: readonly string[]
  /** Things that others may share too. */
  readonly shared: readonly string[]
}

const namesAfter = (source: string, words: string): string[] => {
  const line = new RegExp(`^// ${words}: ([^(\\n]+)`, 'm').exec(source)?.[1]
  return (
    line
      ?.split(/[,.]/)
      .map(name => name.trim())
      .filter(name => name !== '') ?? []
  )
}

/** The needs that a file's source tells of. */
export function readNeeds(source: string): Needs {
  return {
    isAlone: /^\/\/ Alone: /m.test(source),
    isLong: /^\/\/ Takes minutes\b/m.test(source),
    own: namesAfter(source, 'Has for itself'),
    shared: namesAfter(source, 'Shares'),
  }
}

/** Whether one of them would disturb the other. */
export function disturb(a: Needs, b: Needs): boolean {
  if (a.isAlone || b.isAlone) return true
  const meets = (own: readonly string[], { own: others, shared }: Needs) =>
    own.some(name => others.includes(name) || shared.includes(name))
  return meets(a.own, b) || meets(b.own, a)
}

export interface File {
  readonly path: string
  readonly needs: Needs
}

/** Hands out files, each when none that it would disturb is running. */
export class Turns {
  readonly #queue: File[]
  readonly #running = new Set<File>()
  #waiting: (() => void)[] = []

  constructor(files: readonly File[]) {
    const rank = ({ isAlone, isLong, own }: Needs) =>
      isAlone ? 4 : (own.length > 0 ? 0 : 2) + (isLong ? 0 : 1)
    this.#queue = files.toSorted((a, b) => rank(a.needs) - rank(b.needs))
  }

  /** The next file, which is running until `end`; undefined when none is left. */
  async begin(): Promise<File | undefined> {
    for (;;) {
      const at = this.#queue.findIndex(({ needs }) =>
        [...this.#running].every(other => !disturb(needs, other.needs)),
      )
      const [file] = at < 0 ? [] : this.#queue.splice(at, 1)
      if (file !== undefined) this.#running.add(file)
      if (file !== undefined || this.#queue.length === 0) return file
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  end(file: File): void {
    this.#running.delete(file)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
