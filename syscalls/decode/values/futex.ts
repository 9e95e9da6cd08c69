/** Arguments of futex. */
import type { Argument } from '../kind.ts'
import { familyOf } from './constants.ts'
import { toHex } from './hex.ts'
import { plain } from './integers.ts'

const COMMAND_MASK = 0x7f
const PRIVATE = 0x80
const CLOCK_REALTIME = 0x100
const KNOWN = COMMAND_MASK | PRIVATE | CLOCK_REALTIME

/** `FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME`. */
function printOperation({ abi, uint }: Argument): string {
  const name = familyOf('futex_command', abi).nameOf(uint & COMMAND_MASK)
  if (name === undefined || (uint & ~KNOWN) !== 0) return `0x${uint.toString(16)} /* FUTEX_??? */`
  const suffix = (uint & PRIVATE) === 0 ? '' : '_PRIVATE'
  return `${name}${suffix}${(uint & CLOCK_REALTIME) === 0 ? '' : '|FUTEX_CLOCK_REALTIME'}`
}

/** `0x5<<28 /* FUTEX_OP_??? *\/`: a part of the word, with what is not known about it behind. */
function shifted(family: string, { abi }: Argument, value: number, shift: number): string {
  const name = familyOf(family, abi).nameOf(value)
  const unknown = family === 'futex_wake_op' ? 'FUTEX_OP_???' : 'FUTEX_OP_CMP_???'
  return name === undefined ? `${toHex(value)}<<${shift} /* ${unknown} */` : `${name}<<${shift}`
}

/** `FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_GT<<24|0x1`: change the other word so, then wake if it was so (futex(2)). */
function printWakeOperation(argument: Argument): string {
  const { uint } = argument
  const parts = [
    shifted('futex_wake_op', argument, (uint >>> 28) & 7, 28),
    `${toHex((uint >>> 12) & 0xfff)}<<12`,
    shifted('futex_wake_cmp', argument, (uint >>> 24) & 0xf, 24),
    toHex(uint & 0xfff),
  ]
  return `${uint >>> 31 === 0 ? '' : 'FUTEX_OP_OPARG_SHIFT<<28|'}${parts.join('|')}`
}

const ANY_BIT = 0xffffffff

export const futexKinds = {
  futex_op: plain(printOperation),
  futex_wake_op_value: plain(printWakeOperation),
  futex_bits: plain(({ uint }) => (uint === ANY_BIT ? 'FUTEX_BITSET_MATCH_ANY' : toHex(uint))),
}
