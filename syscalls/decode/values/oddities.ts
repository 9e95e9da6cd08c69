/** Kinds of single calls that print their numbers as no other does. */
import type { Argument } from '../kind.ts'
import { familyOf } from './constants.ts'
import { toHex } from './hex.ts'
import { plain, printPointer } from './integers.ts'

/** `IPC_PRIVATE`, or the key in hex. */
function printKey({ uint }: Argument): string {
  return uint === 0 ? 'IPC_PRIVATE' : `0x${uint.toString(16)}`
}

/** `KEY_SPEC_SESSION_KEYRING`, or the serial number of a key. */
function printKeyring({ abi, uint, int }: Argument): string {
  return familyOf('key_spec', abi).nameOf(uint) ?? `${int}`
}

/** The number with its name beside it: `3 /* SYSLOG_ACTION_READ_ALL *\/`. */
const numbered = (family: string, unknown: string) =>
  plain(({ abi, uint, int }) => `${int} /* ${familyOf(family, abi).nameOf(uint) ?? unknown} */`)

/** `QCMD(Q_GETQUOTA, USRQUOTA)`: the command, and whose quota in the lowest byte. */
function printQuotaCommand({ abi, uint }: Argument): string {
  const command = familyOf('quota_command', abi).print(uint >>> 8)
  return `QCMD(${command}, ${familyOf('quota_type', abi).print(uint & 0xff)})`
}

const CPU_FLAG = 1
/** MREMAP_MAYMOVE|MREMAP_FIXED. */
const MREMAP_NEW_ADDRESS = 3
const CAP_AMBIENT_CLEAR_ALL = 4

const DIRECTIONS = ['_IOC_NONE', '_IOC_WRITE', '_IOC_READ', '_IOC_READ|_IOC_WRITE']
/** The parts of a command without a name: `_IOC(_IOC_READ, 0x54, 0x1, 0x4)` is direction, type, number and size. */
function printParts(command: number): string {
  const parts = [(command >>> 8) & 0xff, command & 0xff, (command >>> 16) & 0x3fff].map(part => toHex(part))
  return `_IOC(${DIRECTIONS[command >>> 30]}, ${parts.join(', ')})`
}

export const oddKinds = {
  ioctl: plain(({ abi, uint }) => familyOf('ioctl', abi).nameOf(uint) ?? printParts(uint)),
  key: plain(printKey),
  keyring: plain(printKeyring),
  syslog_action: numbered('syslog', 'SYSLOG_ACTION_???'),
  prctl_pid_type: numbered('pid_type', 'PIDTYPE_???'),
  quotactl: plain(printQuotaCommand),
  /** The CPU counts only with its flag. */
  membarrier_cpu: plain(argument => ((argument.other(1).uint & CPU_FLAG) === 0 ? '' : `${argument.int}`)),
  mremap_address: plain(argument =>
    (argument.other(3).uint & MREMAP_NEW_ADDRESS) === MREMAP_NEW_ADDRESS ? printPointer(argument) : '',
  ),
  prctl_ptracer: plain(argument =>
    BigInt.asIntN(argument.wordSize * 8, argument.value) === -1n
      ? 'PR_SET_PTRACER_ANY'
      : `${argument.number}`,
  ),
  capability_if_ambient: plain(argument =>
    argument.other(1).uint === CAP_AMBIENT_CLEAR_ALL
      ? `${argument.number}`
      : familyOf('capability', argument.abi).print(argument.uint),
  ),
}
