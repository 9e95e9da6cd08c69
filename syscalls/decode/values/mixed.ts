/** Numbers of two parts: one of several values, with flags beside it. */
import type { Abi } from '../../tables/syscalls.ts'
import type { Argument, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { plain, toOctal, upperHalf } from './integers.ts'

type Register = Pick<Argument, 'abi' | 'uint'>

/** Behind another part, bits without a name are plain hex. */
export function withoutRemark(text: string): string {
  const remark = text.indexOf(' /*')
  return remark < 0 ? text : text.slice(0, remark)
}

/** Prints `SOCK_STREAM|SOCK_CLOEXEC`: the bits of `mask` with the names of family `one`, the others with those of `set`. */
export function printMixed({ abi, uint }: Register, mask: number, one: string, set: string): string {
  const text = familyOf(one, abi).print((uint & mask) >>> 0)
  const bits = (uint & ~mask) >>> 0
  return bits === 0 ? text : `${text}|${withoutRemark(familyOf(set, abi).print(bits))}`
}

const mixed = (mask: number, one: string, set: string) =>
  plain(argument => printMixed(argument, mask, one, set))

/** `IPC_CREAT|0600`: flags, and permissions as a mode. */
const withPermissions = (set: string) => (): Kind => ({
  print({ abi, uint }) {
    const flags = (uint & ~0o777) >>> 0
    const mode = toOctal(uint & 0o777)
    return flags === 0 ? mode : `${withoutRemark(familyOf(set, abi).print(flags))}|${mode}`
  },
})

/** `MFD_CLOEXEC|MFD_HUGETLB|21<<MFD_HUGE_SHIFT`: the logarithm of a huge page's size on top. */
const HUGE_SHIFT = 26
const memfd: Kind = {
  print({ abi, uint }) {
    const size = uint >>> HUGE_SHIFT
    const low = uint & ((1 << HUGE_SHIFT) - 1)
    const flags = familyOf('memfd', abi).print(low)
    if (size === 0) return flags
    return `${low === 0 ? '' : `${withoutRemark(flags)}|`}${size}<<MFD_HUGE_SHIFT`
  },
}

const joined = (type: string, flags: number, abi: Abi) =>
  flags === 0 ? type : `${type}|${familyOf('socket_bits', abi).print(flags)}`
const SOCKET_TYPE_MASK = 0xf
/** A type without a name is shown with the flags, as one number. */
const socketType: Kind = {
  print(argument) {
    const { abi, uint } = argument
    const flags = uint & ~SOCKET_TYPE_MASK
    if (flags === 0 || familyOf('socket_types', abi).nameOf(uint & SOCKET_TYPE_MASK) !== undefined)
      return joined(familyOf('socket_types', abi).print(uint & SOCKET_TYPE_MASK), flags >>> 0, abi)
    return familyOf('socket_bits', abi).print(uint)
  },
}

const SWAP_PRIORITY = 0x7fff
const swap: Kind = {
  print({ abi, uint }) {
    const flags = (uint & ~SWAP_PRIORITY) >>> 0
    const priority = uint & SWAP_PRIORITY
    if (flags === 0) return `${priority}`
    const text = familyOf('swap', abi).print(flags)
    return priority === 0 ? text : `${withoutRemark(text)}|${priority}`
  },
}

const PERSONALITY_ANY = 0xffffffff
/** 0xffffffff asks which it is. */
export function printPersonality(register: Register): string {
  if (register.uint === PERSONALITY_ANY) return '0xffffffff'
  return printMixed(register, 0xff, 'personality_base', 'personality_bits')
}

const IOPRIO_SHIFT = 13
/** `IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)`. */
export function printIoPriority({ abi, uint }: Register): string {
  const text = familyOf('ioprio_class', abi).print(uint >>> IOPRIO_SHIFT)
  return `IOPRIO_PRIO_VALUE(${text}, ${uint & ((1 << IOPRIO_SHIFT) - 1)})`
}

const TYPE_MASK = 0xf

/** `MAP_PRIVATE|MAP_ANONYMOUS|21<<MAP_HUGE_SHIFT`: a type, flags, and the logarithm of a huge page's size. */
function printMappingFlags(argument: Argument): string {
  const { uint, abi } = argument
  const high = upperHalf(argument)
  const hugeSize = uint >>> HUGE_SHIFT
  const flags = uint & ~TYPE_MASK & ((1 << HUGE_SHIFT) - 1)
  let text = familyOf('mmap_type', abi).print(uint & TYPE_MASK)
  if (flags !== 0 || high !== 0) text += `|${withoutRemark(familyOf('mmap_bits', abi).print(flags, high))}`
  return hugeSize === 0 ? text : `${text}|${hugeSize}<<MAP_HUGE_SHIFT`
}

/** The flag by which 32-bit programs say that they know the 64-bit structs. */
const IPC_64 = 0x100

/** `ipc_command(shmctl)`: a constant of the family, perhaps with `IPC_64|` before it. */
function ipcCommand([family = '']: readonly string[]): Kind {
  return {
    print({ abi, uint }) {
      const text = familyOf(family, abi).print((uint & ~IPC_64) >>> 0)
      return uint & IPC_64 ? `IPC_64|${text}` : text
    },
  }
}

export const mixedKinds = {
  socket_type: () => socketType,
  fanotify_init: mixed(0xc, 'fanotify_class', 'fanotify_bits'),
  kexec_flags: mixed(0xffff0000, 'kexec_arch', 'kexec_bits'),
  mempolicy: mixed(0x1fff, 'mempolicy_mode', 'mempolicy_bits'),
  sched_policy: mixed(0xbfffffff, 'sched_policies', 'sched_reset'),
  statx_flags: mixed(0x6000, 'at_statx_sync', 'at_flags'),
  shm_get: withPermissions('shm_bits'),
  ipc_get: withPermissions('ipc_bits'),
  memfd: () => memfd,
  swap: () => swap,
  personality: plain(printPersonality),
  ioprio: plain(printIoPriority),
  mmap_flags: plain(printMappingFlags),
  ipc_command: ipcCommand,
}
