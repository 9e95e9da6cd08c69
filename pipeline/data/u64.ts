/**
 * Exact unsigned 64-bit integers without a BigInt per element: a `BigUint64Array` seen as pairs of 32-bit words.
 * All machines swoll runs on (x86-64, arm64) are little-endian: the low word comes first.
 */

/** The worth of one in the high word. */
export const TWO_TO_32 = 2 ** 32
/** High words below this keep the whole number at or under Number.MAX_SAFE_INTEGER (2^53 - 1). */
export const SAFE_HIGH = 2 ** 21

/** The integer of these two words. */
export function joinWords(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}

/** The low word of an integer of 64 bits, negative ones in two's complement. */
export function lowWord(value: bigint): number {
  return Number(value & 0xffff_ffffn)
}

/** The high word of an integer of 64 bits, negative ones in two's complement. */
export function highWord(value: bigint): number {
  return Number((value >> 32n) & 0xffff_ffffn)
}

/** The same memory as 32-bit words, two per element, low word first; signed integers in two's complement. Aliases, does not copy. */
export function toWords(values: BigUint64Array | BigInt64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
}

/** Element i as a number: exact below 2^53, the nearest double above. `words` comes from toWords. */
export function readNumber(words: Uint32Array, i: number): number {
  return words[2 * i + 1]! * TWO_TO_32 + words[2 * i]!
}

/** Element i in decimal, always exact. */
export function formatU64(words: Uint32Array, i: number): string {
  const high = words[2 * i + 1]!
  if (high === 0) return `${words[2 * i]!}`
  if (high < SAFE_HIGH) return `${high * TWO_TO_32 + words[2 * i]!}`
  return `${joinWords(words[2 * i]!, high)}`
}

/** Adds `amount` (an integer, 0 to 2^53 - 1) to element i, modulo 2^64. */
export function addNumber(words: Uint32Array, i: number, amount: number): void {
  const low = words[2 * i]! + (amount % TWO_TO_32)
  words[2 * i] = low
  words[2 * i + 1] = words[2 * i + 1]! + Math.floor(amount / TWO_TO_32) + (low >= TWO_TO_32 ? 1 : 0)
}

/** Adds element j of `from` to element i of `into`, modulo 2^64. */
export function addElement(into: Uint32Array, i: number, from: Uint32Array, j: number): void {
  const low = into[2 * i]! + from[2 * j]!
  into[2 * i] = low
  into[2 * i + 1] = into[2 * i + 1]! + from[2 * j + 1]! + (low >= TWO_TO_32 ? 1 : 0)
}

/** Subtracts element j of `from` from element i of `into`, modulo 2^64. */
export function subtractElement(into: Uint32Array, i: number, from: Uint32Array, j: number): void {
  const low = into[2 * i]! - from[2 * j]!
  into[2 * i] = low
  into[2 * i + 1] = into[2 * i + 1]! - from[2 * j + 1]! - (low < 0 ? 1 : 0)
}

/** True when element i of `a` equals element j of `b`. */
export function equalElements(a: Uint32Array, i: number, b: Uint32Array, j: number): boolean {
  return a[2 * i] === b[2 * j] && a[2 * i + 1] === b[2 * j + 1]
}

/** True when element i of `a` is below element j of `b`. */
export function isBelow(a: Uint32Array, i: number, b: Uint32Array, j: number): boolean {
  const high = a[2 * i + 1]!
  const other = b[2 * j + 1]!
  return high < other || (high === other && a[2 * i]! < b[2 * j]!)
}

/** Sets element i of `into` to element j of `from`. */
export function setElement(into: Uint32Array, i: number, from: Uint32Array, j: number): void {
  into[2 * i] = from[2 * j]!
  into[2 * i + 1] = from[2 * j + 1]!
}

/** Sets element i of `into` to element j of `from` if that is lower. */
export function lowerElement(into: Uint32Array, i: number, from: Uint32Array, j: number): void {
  if (isBelow(from, j, into, i)) setElement(into, i, from, j)
}
