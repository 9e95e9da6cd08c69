/** How `clone3` makes a process. */
import { signalName } from '../values/signal.ts'
import { family } from './named.ts'
import { address, hex, printed, u64, x64 } from './scalars.ts'
import { struct, when } from './struct.ts'
import type { Siblings, Type } from './type.ts'

const PIDFD = 0x1000n
const SETTLS = 0x80000n
const PARENT_SETTID = 0x100000n
const CHILD_TIDS = 0x1200000n
const INTO_CGROUP = 0x200000000n

const pointer64 = printed(u64, address)
const ifFlags = (type: Type, bits: bigint) => when(type, get => (get('flags') & bits) !== 0n)
const hasTids = (get: Siblings) => get('set_tid') !== 0n || get('set_tid_size') !== 0n

export const cloneArgs = struct({
  flags: family(u64, 'clone_bits'),
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
