/** Arrays of chars, and bytes in hexadecimal, as C string literals. */
import { quoteString } from '../values/text.ts'
import type { Type } from './type.ts'

/** Quotes the bytes up to the first NUL; `...` follows if there is no NUL. */
export function quoteChars(bytes: Uint8Array): string {
  return quoteString(bytes, !bytes.includes(0))
}

/** `"\x00\x1f"`: every byte in hexadecimal. */
export function quoteHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += `\\x${byte.toString(16).padStart(2, '0')}`
  return `"${text}"`
}

/** A string in an array of chars. */
export function chars(length: number): Type {
  return {
    size: () => length,
    align: () => 1,
    print: (memory, at) => quoteChars(memory.slice(at, length)),
  }
}
