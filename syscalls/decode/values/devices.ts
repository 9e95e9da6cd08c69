/** Modes of files that are made, and devices. */
import type { Abi } from '../../tables/syscalls.ts'
import type { Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { toHex } from './hex.ts'
import { toOctal } from './integers.ts'
import { toIndex } from './parameters.ts'

const TYPE_MASK = 0o170000
const S_IFCHR = 0o020000
const S_IFBLK = 0o060000
const BITS = [
  ['S_ISUID', 0o4000],
  ['S_ISGID', 0o2000],
  ['S_ISVTX', 0o1000],
] as const

/** `S_IFREG|S_ISUID|0755`; with a type that has no name, all is octal. */
export function printMode(mode: number, abi: Abi): string {
  const type = mode & TYPE_MASK
  const name = type === 0 ? undefined : familyOf('file_type', abi).nameOf(type)
  if (type !== 0 && name === undefined) return toOctal(mode)
  const bits = BITS.filter(([, bit]) => (mode & bit) !== 0).map(([text]) => text)
  return [...(name ? [name] : []), ...bits, toOctal((mode & ~(TYPE_MASK | 0o7000)) >>> 0)].join('|')
}

/** `makedev(0x8, 0x1)`: as the kernel packs major and minor for user space, of old in 16 or 32 bits. */
export function printDevice(value: bigint): string {
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n)
  const minor = (value & 0xffn) | ((value >> 12n) & 0xffffff00n)
  return `makedev(${toHex(Number(major))}, ${toHex(Number(minor))})`
}

const device: Kind = { print: ({ uint }) => printDevice(BigInt(uint)) }

/** Prints the device if the mode before it makes one; the kernel ignores other values. */
function deviceIfSpecial([mode]: readonly string[]): Kind {
  const index = toIndex(mode)
  return {
    print(argument) {
      const type = argument.other(index).uint & TYPE_MASK
      return type === S_IFCHR || type === S_IFBLK ? device.print(argument) : ''
    },
  }
}

export const deviceKinds = {
  file_mode: (): Kind => ({ print: ({ abi, uint }) => printMode(uint & 0xffff, abi) }),
  device: () => device,
  device_if_special: deviceIfSpecial,
}
