/** What futexes wait for, and for how long. */
import type { Kind } from '../kind.ts'
import { names, flagsText } from './named.ts'
import { sizesOf } from './memory.ts'
import { addressOf, one } from './pointers.ts'
import { printed, u32, u64, x32, x64 } from './scalars.ts'
import { struct, when } from './struct.ts'
import type { Type } from './type.ts'

const COMMAND = 0x7f
/** WAIT, LOCK_PI, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2. */
const TIMED = new Set([0, 6, 9, 11, 13])
/** REQUEUE, CMP_REQUEUE, WAKE_OP, CMP_REQUEUE_PI. */
const COUNTED = new Set([3, 4, 5, 12])
const LAST = 13
const FLAGS = names('NUMA=4 PRIVATE_FLAG=0x80', 'FUTEX_')
const SIZES = ['FUTEX_8', 'FUTEX_16', 'FUTEX_32', 'FUTEX_64']

function waitFlags(value: bigint): string {
  const size = Number(value & 3n)
  const rest = value & ~3n
  const named = SIZES[size]!
  return rest === 0n ? named : `${named}|${flagsText(FLAGS, '')(rest).replace(/ .*/, '')}`
}

/** One of several futexes that `futex_waitv` waits for. */
export const futexWait = struct({
  val: x64,
  uaddr: printed(u64, value => (value === 0n ? 'NULL' : `0x${value.toString(16)}`)),
  flags: printed(u32, waitFlags),
  __reserved: when(x32, get => get('__reserved') !== 0n),
})

/** The fourth argument of a `futex`: a timeout, a number, or nothing, by the operation in argument 1. */
export function futexTimeout(type: Type): Kind {
  return {
    copies: abi => [{ how: 'bytes', when: 'entry', size: type.size(sizesOf(abi)) }],
    print(argument) {
      const command = argument.other(1).uint & COMMAND
      if (TIMED.has(command)) return one(type, argument) ?? addressOf(argument)
      if (COUNTED.has(command)) return String(argument.uint)
      return command > LAST ? addressOf(argument) : ''
    },
  }
}
