/** Kinds of plain numbers, by the names that the tables of calls use; of 64-bit ones that 32-bit callers pass in two registers too. */
import { highWord, TWO_TO_32 } from '../../../pipeline/data/u64.ts'
import type { Argument, Kind } from '../kind.ts'
import { toHex } from './hex.ts'

/** A kind of a number, of which nothing is copied. */
export const plain = (print: (argument: Argument) => string) => (): Kind => ({ print })

/** `0x7f…`, and NULL for none: an address that is not followed. */
export function printPointer(argument: Argument): string {
  return argument.isNull ? 'NULL' : printHex(argument)
}

/** Prints the register in hexadecimal; zero is `0`. */
function printHex(argument: Argument): string {
  return toHex(argument.uint, upperHalf(argument))
}

/** The upper 32 bits of a register. The big integer is made only where the double is not exact. */
export function upperHalf(argument: Pick<Argument, 'number' | 'value'>): number {
  const { number } = argument
  return Number.isSafeInteger(number) ? Math.floor(number / TWO_TO_32) : highWord(argument.value)
}

/** A signed long in decimal. */
function printLong(argument: Argument): string {
  if (argument.wordSize === 4) return `${argument.int}`
  const { number } = argument
  return Number.isSafeInteger(number) ? `${number}` : `${BigInt.asIntN(64, argument.value)}`
}

/** An unsigned long in decimal. */
function printUnsignedLong(argument: Argument): string {
  const { number } = argument
  return Number.isSafeInteger(number) ? `${number}` : `${argument.value}`
}

/** `0644`; 0 is `000`, so that it still looks like a mode. */
export function toOctal(value: number): string {
  return `0${value.toString(8).padStart(2, '0')}`
}

/** mmap2 counts in pages of this size, whatever the machine's are. */
const PAGE = 4096

/** A 64-bit number in two registers. The first one's kind shows it whole. */
function signed(high: number, low: number): string {
  return `${BigInt(high | 0) * BigInt(TWO_TO_32) + BigInt(low)}`
}

export const integers = {
  int: plain(argument => `${argument.int}`),
  uint: plain(argument => `${argument.uint}`),
  short: plain(argument => `${(argument.int << 16) >> 16}`),
  long: plain(printLong),
  ulong: plain(printUnsignedLong),
  hex: plain(printHex),
  hex32: plain(argument => toHex(argument.uint)),
  ptr: plain(printPointer),
  /** A user or group: -1 leaves it as it is. */
  id: plain(argument => (argument.uint === 0xffffffff ? '-1' : `${argument.uint}`)),
  id16: plain(argument => ((argument.uint & 0xffff) === 0xffff ? '-1' : `${argument.uint & 0xffff}`)),
  octal: plain(argument => toOctal(argument.uint & 0xffff)),
  /** Low half first. */
  offset_pair: plain(argument => signed(argument.other(argument.index + 1).uint, argument.uint)),
  /** The offset of _llseek. */
  offset_high_first: plain(argument => signed(argument.uint, argument.other(argument.index + 1).uint)),
  pages_offset: plain(({ uint }) => (uint === 0 ? '0' : `0x${(uint * PAGE).toString(16)}`)),
  /** Not shown: padding, or the upper half of a number that the kind before shows whole. */
  nothing: plain(() => ''),
}
