/** What calls return, by the names that the tables of calls use behind `=`. */
import type { PrintReturned, Returned } from './kind.ts'

function toDecimal({ number, value }: Returned): string {
  return Number.isSafeInteger(number) ? `${number}` : `${value}`
}

function toHex({ number, value }: Returned): string {
  if (number === 0) return '0'
  const unsigned = number < 0 || !Number.isSafeInteger(number) ? BigInt.asUintN(64, value) : number
  return `0x${unsigned.toString(16)}`
}

const PRINTERS: Readonly<Record<string, PrintReturned>> = {
  int: toDecimal,
  hex: toHex,
  ptr: returned => (returned.number === 0 ? 'NULL' : toHex(returned)),
  octal: ({ number }) => `0${number.toString(8).padStart(2, '0')}`,
  /** How many are ready; none: time is up. */
  ready: returned => (returned.number === 0 ? '0 (Timeout)' : toDecimal(returned)),
}

/** The printer that a table's word stands for. Throws for a word that stands for none. */
export function toPrintReturned(word: string): PrintReturned {
  return (Object.hasOwn(PRINTERS, word) ? PRINTERS[word] : undefined) ?? toDecimal
}
