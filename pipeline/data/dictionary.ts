/** Codes for values that repeat. */

/** Gives each key a code, from 0, in order of first sight. */
export class Dictionary<K> {
  readonly keys: K[] = []
  readonly #codes = new Map<K, number>()
  #lastKey: K | undefined
  #lastCode = -1

  /** Forgets all keys. */
  clear(): void {
    this.keys.length = 0
    this.#codes.clear()
    this.#lastKey = undefined
    this.#lastCode = -1
  }

  code(key: K): number {
    if (key === this.#lastKey && this.#lastCode >= 0) return this.#lastCode
    let code = this.#codes.get(key)
    if (code === undefined) {
      code = this.keys.push(key) - 1
      this.#codes.set(key, code)
    }
    this.#lastKey = key
    this.#lastCode = code
    return code
  }
}
