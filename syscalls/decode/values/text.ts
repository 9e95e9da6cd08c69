/** Turns bytes of a traced program into text that is safe to show: in quotes, escaped like strings of C. */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NAMED = new Map([
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [QUOTE, '\\"'],
  [BACKSLASH, '\\\\'],
])
/** The text of each byte before anything but a digit: `\0`, `\n`, `a`, `\377`. */
const ESCAPED = Array.from({ length: 256 }, (_, byte) => {
  const isPrintable = byte >= 0x20 && byte <= 0x7e
  return NAMED.get(byte) ?? (isPrintable ? String.fromCharCode(byte) : `\\${byte.toString(8)}`)
})
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x37
const isOctal = (byte: number) => !NAMED.has(byte) && (byte < 0x20 || byte > 0x7e)

/** 1 for each byte that stands for itself in quotes. An array, for speed. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (ESCAPED[byte]!.length === 1 ? 1 : 0))

const latin1 = Buffer.prototype.latin1Slice as unknown as (
  this: Uint8Array,
  from: number,
  to: number,
) => string

/** The bytes from `from` to before `to` as C writes them, without quotes: only printable ASCII, whatever they are. */
export function escapeBytes(bytes: Uint8Array, from: number, to: number): string {
  for (let i = from; i < to; i++) if (PLAIN[bytes[i]!] === 0) return escapeSlowly(bytes, from, to)
  return latin1.call(bytes, from, to)
}

function escapeSlowly(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!
    // \12 before a 3 would be read as \123.
    if (isOctal(byte) && i + 1 < to && isDigit(bytes[i + 1])) text += `\\${byte.toString(8).padStart(3, '0')}`
    else text += ESCAPED[byte]
  }
  return text
}

/** Up to the first NUL, in quotes; with `...` behind if there was more. */
export function quoteString(bytes: Uint8Array, isCut: boolean): string {
  const nul = bytes.indexOf(0)
  const end = nul < 0 ? bytes.length : nul
  return `"${escapeBytes(bytes, 0, end)}"${isCut ? '...' : ''}`
}

/** All bytes in quotes, NULs too; with `...` behind if there was more. */
export function quoteBytes(bytes: Uint8Array, isCut = false): string {
  return `"${escapeBytes(bytes, 0, bytes.length)}"${isCut ? '...' : ''}`
}

/** `"\x00\x1f"`: every byte in hexadecimal; with `...` behind if there was more. */
export function quoteHex(bytes: Uint8Array, isCut = false): string {
  let text = ''
  for (const byte of bytes) text += `\\x${byte.toString(16).padStart(2, '0')}`
  return `"${text}"${isCut ? '...' : ''}`
}
