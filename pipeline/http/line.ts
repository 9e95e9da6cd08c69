/** The requests of one connection, answered one after the other. */
import type Http from 'node:http'

/** The most requests that a client may send ahead; hardly any sends one. */
const MAX_AHEAD = 8

export class Line {
  readonly #waiting: (() => void)[] = []
  readonly #onEmpty: () => void

  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty
  }

  /** Calls `start` once the answers before are done; false, and nothing else, when too many wait already. */
  add(response: Http.ServerResponse, start: () => void): boolean {
    if (this.#waiting.length > MAX_AHEAD) return false
    this.#waiting.push(start)
    response.once('close', () => {
      this.#waiting.shift()
      if (this.#waiting[0]) this.#waiting[0]()
      else this.#onEmpty()
    })
    if (this.#waiting.length === 1) start()
    return true
  }
}
