/** Segments of x86 that threads of 32-bit programs have. */
import type { Kind } from '../kind.ts'
import { sizesOf } from './memory.ts'
import { addressOf, beforeAndAfter, memoryOf, one } from './pointers.ts'
import { i32, printed, u32 } from './scalars.ts'
import { struct } from './struct.ts'
import type { Type } from './type.ts'

const ANY_ENTRY = -1n

const wide = printed(u32, value => (value === 0n ? '00000000' : `0x${value.toString(16).padStart(6, '0')}`))
const BITS: readonly (readonly [name: string, shift: bigint, mask: bigint])[] = [
  ['seg_32bit', 0n, 1n],
  ['contents', 1n, 3n],
  ['read_exec_only', 3n, 1n],
  ['limit_in_pages', 4n, 1n],
  ['seg_not_present', 5n, 1n],
  ['useable', 6n, 1n],
]

/** Bit fields, by their names. */
const bits: Type = {
  ...u32,
  isInline: true,
  print(memory, at) {
    const value = u32.read(memory, at)
    return BITS.map(([name, shift, mask]) => `${name}=${(value >> shift) & mask}`).join(', ')
  },
}
const userDesc = struct({ entry_number: i32, base_addr: wide, limit: wide, _: bits })

/** The struct of `set_thread_area` and `get_thread_area`. The entry that the kernel chose follows the result. */
export const threadArea: Kind = {
  copies: abi => beforeAndAfter(userDesc.size(sizesOf(abi))),
  print(argument) {
    const isChosen = memoryOf(argument, 0)?.integer(0, 4, true) === ANY_ENTRY
    return (
      (isChosen ? undefined : one(userDesc, argument, 1)) ?? one(userDesc, argument, 0) ?? addressOf(argument)
    )
  },
  note(argument) {
    const [before, after] = [memoryOf(argument, 0), memoryOf(argument, 1)]
    if (before?.integer(0, 4, true) !== ANY_ENTRY || after === undefined) return undefined
    return `entry_number=${after.integer(0, 4, true)}`
  },
}
