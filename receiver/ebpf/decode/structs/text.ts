/** Bytes as C string literals. */
import type { Type } from './type.ts'

const LETTERS: Readonly<Record<number, string>> = {
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}
const ZERO = 0x30
const NINE = 0x39

/** `"a\n\0"`: what is not printable ASCII is escaped, as short as what follows allows. */
export function quote(bytes: Uint8Array): string {
  let text = '"'
  for (let i = 0; i < bytes.length; i++) text += escaped(bytes[i]!, bytes[i + 1])
  return `${text}"`
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

/** Bytes that are no string. */
export function hexBytes(length: number): Type {
  return { size: () => length, align: () => 1, print: (memory, at) => quoteHex(memory.slice(at, length)) }
}

function escaped(byte: number, next: number | undefined): string {
  const letter = LETTERS[byte]
  if (letter !== undefined) return letter
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  const isDigitNext = next !== undefined && next >= ZERO && next <= NINE
  return `\\${byte.toString(8).padStart(isDigitNext ? 3 : 1, '0')}`
}
