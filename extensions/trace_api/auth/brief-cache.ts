/** Answers that hold for a while, of a bounded number of questions; who asks meanwhile waits for the same answer. */
import type { Clock } from '../../../pipeline/clock.ts'

interface BriefCacheOptions<T> {
  readonly clock: Clock
  readonly max: number
  /** How long an answer holds. */
  readonly holdsMs: (answer: T) => number
}

interface Entry<T> {
  readonly answer: Promise<T>
  /** Infinite while the answer is under way. */
  untilMs: number
}

export class BriefCache<T> {
  readonly #options: BriefCacheOptions<T>
  /** The one that was asked last comes last. */
  readonly #entries = new Map<string, Entry<T>>()
  #underWay = 0

  constructor(options: BriefCacheOptions<T>) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** Questions without an answer yet. */
  get underWay(): number {
    return this.#underWay
  }

  /** Whether there is an answer, or will be without asking anew. */
  has(key: string): boolean {
    return this.#find(key) !== undefined
  }

  /** A failure is given to all who wait for it, and not kept. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const found = this.#find(key)
    this.#entries.delete(key)
    const entry = found ?? this.#ask(key, ask)
    this.#entries.set(key, entry)
    if (this.#entries.size > this.#options.max)
      this.#entries.delete(this.#entries.keys().next().value as string)
    return entry.answer
  }

  clear(): void {
    this.#entries.clear()
  }

  #find(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key)
    return entry && this.#options.clock.monotonicMs() < entry.untilMs ? entry : undefined
  }

  #ask(key: string, ask: () => Promise<T>): Entry<T> {
    this.#underWay++
    const entry: Entry<T> = { answer: this.#answered(ask), untilMs: Number.POSITIVE_INFINITY }
    entry.answer.then(
      answer => {
        entry.untilMs = this.#options.clock.monotonicMs() + this.#options.holdsMs(answer)
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
      },
    )
    return entry
  }

  async #answered(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } finally {
      this.#underWay--
    }
  }
}
