/** Kinds of plain numbers, by the names that the tables of calls use. */
import type { Argument, Kind } from '../kind.ts'

const plain = (print: (argument: Argument) => string) => (): Kind => ({ print })

/** `0x7f…`, and NULL for none: an address that is not followed. */
export function printPointer(argument: Argument): string {
  return argument.isNull ? 'NULL' : printHex(argument)
}

/** The register in hex, `0` for none: C has no `0x0`. */
export function printHex(argument: Argument): string {
  return toHex(argument.number, argument)
}

function toHex(number: number, argument: Argument): string {
  if (number === 0) return '0'
  return `0x${(Number.isSafeInteger(number) ? number : argument.value).toString(16)}`
}

/** A signed long in decimal. */
export function printLong(argument: Argument): string {
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

export const integers = {
  int: plain(argument => `${argument.int}`),
  uint: plain(argument => `${argument.uint}`),
  short: plain(argument => `${(argument.int << 16) >> 16}`),
  long: plain(printLong),
  ulong: plain(printUnsignedLong),
  hex: plain(printHex),
  hex32: plain(argument => (argument.uint === 0 ? '0' : `0x${argument.uint.toString(16)}`)),
  ptr: plain(printPointer),
  /** A user or group: -1 leaves it as it is. */
  id: plain(argument => (argument.uint === 0xffffffff ? '-1' : `${argument.uint}`)),
  id16: plain(argument => ((argument.uint & 0xffff) === 0xffff ? '-1' : `${argument.uint & 0xffff}`)),
  octal: plain(argument => toOctal(argument.uint & 0xffff)),
  /** Not shown: padding, or the upper half of a number that the kind before shows whole. */
  nothing: plain(() => ''),
}
