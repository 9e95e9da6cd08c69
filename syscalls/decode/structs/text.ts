/** Arrays of chars as C string literals. */
import { quoteString } from '../values/text.ts'
import type { Type } from './type.ts'

/** Quotes the bytes up to the first NUL; `...` follows if there is no NUL. */
export function quoteChars(bytes: Uint8Array): string {
  return quoteString(bytes, !bytes.includes(0))
}

/** A string in an array of chars. */
export function chars(length: number): Type {
  return {
    size: () => length,
    align: () => 1,
    print: (memory, at) => quoteChars(memory.slice(at, length)),
  }
}
