/** Hexadecimal numbers. From tables: a double's own `toString(16)` takes ten times as long, and addresses are everywhere. */

const SHORT = Array.from({ length: 0x10000 }, (_, value) => value.toString(16))
const FULL = SHORT.map(text => text.padStart(4, '0'))

/** `0x7ffe00001000`, and `0` for none: C has no `0x0`. Halves are unsigned 32-bit integers. */
export function toHex(low: number, high = 0): string {
  if (high !== 0) return `0x${upper(high)}${FULL[low >>> 16]}${FULL[low & 0xffff]}`
  return low === 0 ? '0' : `0x${upper(low)}`
}

/** Without zeros in front. */
function upper(value: number): string {
  const top = value >>> 16
  return top === 0 ? SHORT[value]! : SHORT[top]! + FULL[value & 0xffff]!
}
