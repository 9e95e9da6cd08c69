/** The struct by which `clone3` makes a process. */

import type { Kind } from '../kind.ts'
import { familyOf } from '../values/constants.ts'
import { signalName } from '../values/signal.ts'
import { extensible } from './extensible.ts'
import { Memory } from './memory.ts'
import { hex, pointer64, printed, u64, x64 } from './scalars.ts'
import { struct, when } from './struct.ts'
import type { Siblings, Type } from './type.ts'

const PIDFD = 0x1000n
const SETTLS = 0x80000n
const PARENT_SETTID = 0x100000n
const CHILD_TIDS = 0x1200000n
const INTO_CGROUP = 0x200000000n

const WIDE = [
  ['CLONE_CLEAR_SIGHAND', 0x100000000n],
  ['CLONE_INTO_CGROUP', INTO_CGROUP],
] as const

const ifFlags = (type: Type, bits: bigint) => when(type, get => (get('flags') & bits) !== 0n)
const hasTids = (get: Siblings) => get('set_tid') !== 0n || get('set_tid_size') !== 0n

/** The flags of `clone`, and two that need more than 32 bits. */
const cloneFlags: Type = {
  ...u64,
  print(memory, at) {
    const value = u64.read(memory, at)
    const high = WIDE.filter(([, bit]) => (value & bit) !== 0n).map(([name]) => name)
    const low = BigInt.asUintN(32, value)
    const rest = (value >> 34n) << 34n
    const texts = low === 0n ? [] : [familyOf('clone_bits', memory.abi).print(Number(low))]
    return [...texts, ...high, ...(rest === 0n ? [] : [hex(rest)])].join('|') || '0'
  },
}

const cloneArgs = struct({
  flags: cloneFlags,
  pidfd: ifFlags(pointer64, PIDFD),
  child_tid: ifFlags(pointer64, CHILD_TIDS),
  parent_tid: ifFlags(pointer64, PARENT_SETTID),
  exit_signal: printed(u64, value => (value === 0n ? '0' : signalName(Number(value)))),
  stack: pointer64,
  stack_size: x64,
  tls: ifFlags(printed(u64, hex), SETTLS),
  set_tid: when(pointer64, hasTids),
  set_tid_size: when(u64, hasTids),
  cgroup: ifFlags(u64, INTO_CGROUP),
})

/** `{flags=…, …} => {parent_tid=[4711]}`: what the call has written there is what it returns. */
export function cloneArguments(length: number): Kind {
  const kind = extensible(cloneArgs, { least: 64, length })
  return {
    ...kind,
    print(argument) {
      const text = kind.print(argument)
      const [chunk] = argument.chunks()
      if (chunk === undefined || !argument.hasSucceeded || (argument.returned ?? 0) <= 0) return text
      const flags = new Memory(argument.abi, chunk.bytes).integer(0, 8, false)
      return flags & PARENT_SETTID ? `${text} => {parent_tid=[${argument.returned}]}` : text
    },
  }
}
