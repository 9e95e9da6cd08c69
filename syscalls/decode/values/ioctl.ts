/** Commands of ioctl. */
import type { Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { toHex } from './hex.ts'

const DIRECTIONS = ['_IOC_NONE', '_IOC_WRITE', '_IOC_READ', '_IOC_READ|_IOC_WRITE']
/** The parts of a command without a name: `_IOC(_IOC_READ, 0x54, 0x1, 0x4)` is direction, type, number and size. */
function printParts(command: number): string {
  const parts = [(command >>> 8) & 0xff, command & 0xff, (command >>> 16) & 0x3fff].map(part => toHex(part))
  return `_IOC(${DIRECTIONS[command >>> 30]}, ${parts.join(', ')})`
}

const ioctl: Kind = {
  print: ({ abi, uint }) => familyOf('ioctl', abi).nameOf(uint) ?? printParts(uint),
}

export const ioctlKinds = { ioctl: () => ioctl }
