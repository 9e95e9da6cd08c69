/** Codes for values that repeat. */
import type { Codes } from '../../../pipeline/data/columns.ts'

/** Gives each key a code, from 0, in order of first sight. */
export class Dictionary<K> {
  readonly keys: K[] = []
  readonly #codes = new Map<K, number>()
  #lastKey: K | undefined
  #lastCode = -1

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

/** The codes in the narrowest array that holds them. */
export function narrowed(codes: Uint32Array, values: number): Codes {
  if (values <= 0x100) return new Uint8Array(codes)
  return values <= 0x1_0000 ? new Uint16Array(codes) : codes
}
