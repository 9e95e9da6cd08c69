/** Answers to equal questions at the same collection: made once, for whoever asks. */
import { createHash, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { History } from '../../stats/history.ts'
import { Line } from './line.ts'

/** The text of a JSON document, compressed. */
interface Answer {
  readonly etag: string
  readonly packed: Buffer
}

/** Kept answers take no more than this, but for one; what does not fit is made anew. */
const MOST_BYTES = 1024 * 1024
const MOST_ANSWERS = 256
/** Level 1: the text is so repetitive that higher ones cost several times the CPU for little. */
const LEVEL = { level: 1 }
const compress = promisify(gzip)

type Collected = Pick<History, 'collections' | 'watch'>

export class Answers {
  readonly #history: Collected
  readonly #kept = new Map<string, Promise<Answer>>()
  readonly #stop: () => void
  /** Another one for each start, so that no tag of an answer outlives it. */
  readonly #run = randomUUID().slice(0, 8)
  readonly #line = new Line()
  #bytes = 0

  constructor(history: Collected) {
    this.#history = history
    this.#stop = history.watch(() => this.#forget())
  }

  /** The tag of the answer to this question now. */
  etagOf(question: string): string {
    const hash = createHash('sha256').update(question).digest('hex').slice(0, 16)
    return `"${this.#run}.${this.#history.collections}.${hash}"`
  }

  /**
   * `make` is called unless the answer to this question is there, or under way. Its rejection is not kept. Rejects with TooManyError where
   * too many others wait.
   */
  answer(question: string, make: () => Promise<object>): Promise<Answer> {
    const known = this.#kept.get(question)
    if (known) return known
    const made = this.#make(this.etagOf(question), make)
    if (this.#kept.size >= MOST_ANSWERS || this.#bytes >= MOST_BYTES) return made
    this.#kept.set(question, made)
    made.catch(() => {
      if (this.#kept.get(question) === made) this.#kept.delete(question)
    })
    return made
  }

  close(): void {
    this.#stop()
    this.#forget()
  }

  async #make(etag: string, make: () => Promise<object>): Promise<Answer> {
    const { collections } = this.#history
    using _ = await this.#line.turn()
    const packed = await compress(`${JSON.stringify(await make())}\n`, LEVEL)
    if (collections === this.#history.collections) this.#bytes += packed.length
    return { etag, packed }
  }

  #forget(): void {
    this.#kept.clear()
    this.#bytes = 0
  }
}
