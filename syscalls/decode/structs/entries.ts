/** Entries of a directory: how many were read. */
import type { Argument, Kind } from '../kind.ts'
import { Memory } from './memory.ts'
import { addressOf } from './pointers.ts'

/** `0x7f… /* 3 entries *\/`, of `getdents64` with entries whose length stands at 16, of `getdents` behind two longs. */
export function directoryEntries(isLong: boolean): Kind {
  return {
    copies: () => [{ how: 'returned', when: 'success', size: 1 }],
    print(argument) {
      const text = argument.hasSucceeded ? count(argument, isLong) : undefined
      return text === undefined ? addressOf(argument) : `${addressOf(argument)} /* ${text} */`
    },
  }
}

function count(argument: Argument, isLong: boolean): string | undefined {
  if (argument.returned === 0) return '0 entries'
  const chunk = argument.chunks()[0]
  if (chunk === undefined || chunk.isUnreadable) return undefined
  const memory = new Memory(argument.abi, chunk.bytes)
  const at = isLong ? 16 : 2 * memory.sizes.long
  let entries = 0
  for (let start = 0; start + at + 2 <= memory.length; entries++) {
    const length = Number(memory.integer(start + at, 2, false))
    if (length === 0) return undefined
    start += length
  }
  if (chunk.isCut) return `at least ${entries} entries`
  return `${entries} entr${entries === 1 ? 'y' : 'ies'}`
}
