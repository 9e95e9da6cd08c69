/** Printers of results, by the names that the tables of calls use behind `=`. */
import { highWord, lowWord, TWO_TO_32 } from '../../pipeline/data/u64.ts'
import type { Abi } from '../tables/syscalls.ts'
import { descriptorText } from './descriptors/kinds.ts'
import type { Copy, PrintReturned, Returned } from './kind.ts'
import { familyOf } from './values/constants.ts'
import { toHex as hex } from './values/hex.ts'
import { printIoPriority, printMixed, printPersonality } from './values/mixed.ts'
import { openFlags } from './values/opening.ts'
import { signalName } from './values/signal.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Commands that return a descriptor, by family of constants. */
const DESCRIPTOR_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  bpf: words(`
    BPF_MAP_CREATE BPF_PROG_LOAD BPF_OBJ_GET BPF_PROG_GET_FD_BY_ID BPF_MAP_GET_FD_BY_ID BPF_RAW_TRACEPOINT_OPEN BPF_BTF_LOAD
    BPF_BTF_GET_FD_BY_ID BPF_LINK_CREATE BPF_LINK_GET_FD_BY_ID BPF_ENABLE_STATS BPF_ITER_CREATE BPF_TOKEN_CREATE`),
  socketcall: words('SYS_SOCKET SYS_ACCEPT SYS_ACCEPT4'),
  ioctl: words(`
    NS_GET_USERNS NS_GET_PARENT NS_MNT_GET_NEXT NS_MNT_GET_PREV TIOCGPTPEER SIOCGSKNS TUNGETDEVNETNS USERFAULTFD_IOC_NEW
    PIDFD_GET_CGROUP_NAMESPACE PIDFD_GET_IPC_NAMESPACE PIDFD_GET_MNT_NAMESPACE PIDFD_GET_NET_NAMESPACE
    PIDFD_GET_PID_NAMESPACE PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE PIDFD_GET_TIME_NAMESPACE
    PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE PIDFD_GET_USER_NAMESPACE PIDFD_GET_UTS_NAMESPACE
    KVM_CREATE_VM KVM_CREATE_VCPU KVM_GET_STATS_FD KVM_CREATE_GUEST_MEMFD
    UDMABUF_CREATE UDMABUF_CREATE_LIST VFIO_GROUP_GET_DEVICE_FD VDUSE_IOTLB_GET_FD VDUSE_IOTLB_GET_FD2`),
}

function toDecimal(returned: Returned): string {
  const { number } = returned
  return Number.isSafeInteger(number) ? `${number}` : `${returned.value}`
}

function toHex(returned: Returned): string {
  const { number } = returned
  if (number >= 0 && Number.isSafeInteger(number))
    return hex(number % TWO_TO_32, Math.floor(number / TWO_TO_32))
  const unsigned = BigInt.asUintN(64, returned.value)
  return hex(lowWord(unsigned), highWord(unsigned))
}

interface Register {
  readonly abi: Abi
  readonly uint: number
}

const toDescriptor: PrintReturned = returned => descriptorText(returned.number, returned.descriptor())

/** The low half, and the ABI, as kinds read registers. */
const register = (returned: Returned): Register => ({
  abi: returned.argument(0).abi,
  uint: returned.number >>> 0,
})

/** A number with what it means in brackets. */
const named =
  (toNumber: PrintReturned, toText: (value: Register) => string): PrintReturned =>
  returned =>
    `${toNumber(returned)} (${toText(register(returned))})`

const inFamily =
  (family: string) =>
  ({ abi, uint }: Register) =>
    familyOf(family, abi).print(uint)

/** Chooses the printer by command, for calls whose results have several meanings. */
const byCommand =
  (family: string, index: number, printers: Readonly<Record<string, PrintReturned>>): PrintReturned =>
  returned => {
    const { abi, uint } = returned.argument(index)
    const command = familyOf(family, abi).nameOf(uint)
    const print = command !== undefined && Object.hasOwn(printers, command) ? printers[command] : undefined
    return (print ?? toDecimal)(returned)
  }

/** Commands that return a descriptor, as `byCommand` takes them. */
const descriptorsOf = (family: string): Record<string, PrintReturned> =>
  Object.fromEntries(DESCRIPTOR_COMMANDS[family]!.map(command => [command, toDescriptor]))

/** Prints a descriptor if the flags at this place say so. */
const descriptorIf =
  (index: number, says: (flags: number) => boolean): PrintReturned =>
  returned =>
    says(returned.argument(index).uint) ? toDescriptor(returned) : toDecimal(returned)

/** include/uapi/linux/seccomp.h */
const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8

/** `0x1 (flags FD_CLOEXEC)`, `0`. */
const unlessZero =
  (print: PrintReturned): PrintReturned =>
  returned =>
    returned.number === 0 ? '0' : print(returned)
const flagsOf = (family: string) => unlessZero(named(toHex, value => `flags ${inFamily(family)(value)}`))

/** ` (2026-11-24T05:51:33+0000)`; nothing for a second that no date has. */
function toDate(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? '' : ` (${date.toISOString().replace('.000Z', '+0000')})`
}

const PRINTERS: Readonly<Record<string, PrintReturned>> = {
  int: toDecimal,
  fd: toDescriptor,
  bpf: byCommand('bpf', 0, descriptorsOf('bpf')),
  ioctl: byCommand('ioctl', 1, {
    ...descriptorsOf('ioctl'),
    NS_GET_NSTYPE: named(toDecimal, inFamily('setns')),
  }),
  socketcall: byCommand('socketcall', 0, descriptorsOf('socketcall')),
  seccomp: descriptorIf(1, flags => (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) !== 0),
  /** With any flag the call returns the version of the kernel's interface. */
  landlock: descriptorIf(2, flags => flags === 0),
  hex: toHex,
  ptr: returned => (returned.number === 0 ? 'NULL' : toHex(returned)),
  octal: ({ number }) => `0${number.toString(8).padStart(2, '0')}`,
  /** The number of ready descriptors; 0: time is up. */
  ready: returned => (returned.number === 0 ? '0 (Timeout)' : toDecimal(returned)),
  personality: named(toHex, printPersonality),
  ioprio: named(toHex, printIoPriority),
  sched_policy: named(toHex, value => printMixed(value, 0xbfffffff, 'sched_policies', 'sched_reset')),
  adjtimex: named(toDecimal, inFamily('adjtimex_state')),
  /** Seconds since 1970. */
  time: returned => `${toDecimal(returned)}${toDate(returned.number)}`,
  signal: named(toDecimal, ({ uint }) => signalName(uint)),
  fcntl: byCommand('fcntl', 1, {
    F_DUPFD: toDescriptor,
    F_DUPFD_CLOEXEC: toDescriptor,
    F_GETFD: flagsOf('fd_flags'),
    F_GETFL: named(toHex, value => `flags ${openFlags(value.uint, value)}`),
    F_GETLEASE: named(toHex, inFamily('lease')),
    F_GETSIG: unlessZero(named(toDecimal, ({ uint }) => signalName(uint))),
    F_GET_SEALS: unlessZero(named(toHex, value => `seals ${inFamily('seals')(value)}`)),
  }),
  prctl: byCommand('prctl', 0, {
    PR_GET_DUMPABLE: named(toDecimal, inFamily('prctl_dumpable')),
    PR_GET_SECCOMP: unlessZero(named(toDecimal, inFamily('prctl_seccomp'))),
    PR_GET_SECUREBITS: unlessZero(named(toHex, inFamily('prctl_securebits'))),
    PR_GET_SPECULATION_CTRL: unlessZero(named(toHex, inFamily('prctl_spec_set'))),
    PR_GET_MDWE: unlessZero(named(toHex, inFamily('prctl_mdwe'))),
  }),
  membarrier: byCommand('membarrier', 0, {
    MEMBARRIER_CMD_QUERY: unlessZero(named(toHex, inFamily('membarrier_commands'))),
  }),
}

/** Returns the printer of a table's word. Throws for an unknown word. */
export function toPrintReturned(word: string): PrintReturned {
  const print = Object.hasOwn(PRINTERS, word) ? PRINTERS[word] : undefined
  if (print === undefined) throw new Error(`${word}: must be the name of what a call returns`)
  return print
}

const DESCRIPTOR = { how: 'descriptor', when: 'success' } as const satisfies Copy
const COPIES: Readonly<Record<string, Copy>> = {
  fd: DESCRIPTOR,
  fcntl: DESCRIPTOR,
  bpf: DESCRIPTOR,
  socketcall: DESCRIPTOR,
  seccomp: DESCRIPTOR,
  landlock: DESCRIPTOR,
  // Most return 0, and what descriptor 0 refers to would be looked up for nothing.
  ioctl: { ...DESCRIPTOR, size: 1 },
}

/** The order for what was returned by a call of this word; undefined: it never is a descriptor. */
export function returnedCopy(word: string): Copy | undefined {
  return Object.hasOwn(COPIES, word) ? COPIES[word] : undefined
}
