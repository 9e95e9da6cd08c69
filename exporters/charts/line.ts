/** Work that is done for few at a time; others wait in line. */

/** An answer takes up to a few hundred milliseconds of work, in pieces. */
const AT_ONCE = 2
const MOST_WAITING = 64

export class TooManyError extends Error {
  constructor() {
    super('too many questions at once; ask again')
    this.name = 'TooManyError'
  }
}

export class Line {
  #running = 0
  readonly #waiting: (() => void)[] = []

  /** Resolves when it is the caller's turn, which lasts until disposed of. Rejects with TooManyError. */
  async turn(): Promise<Disposable> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MOST_WAITING) throw new TooManyError()
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    } else this.#running++
    return { [Symbol.dispose]: () => this.#end() }
  }

  /** Whoever is next takes the place over. */
  #end(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running--
  }
}
