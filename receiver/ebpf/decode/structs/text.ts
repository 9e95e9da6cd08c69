/** Bytes as C string literals. */
import { quoteBytes } from '../values/text.ts'
import type { Type } from './type.ts'

/** `"a\n\0"`. */
export function quote(bytes: Uint8Array): string {
  return quoteBytes(bytes, false)
}

/** Up to the first NUL; `...` follows when there is none. */
export function quoteString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return end < 0 ? `${quote(bytes)}...` : quote(bytes.subarray(0, end))
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
    print: (memory, at) => quoteString(memory.slice(at, length)),
  }
}
