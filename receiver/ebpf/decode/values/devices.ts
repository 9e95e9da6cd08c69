/** Modes of files that are made, and devices. */
import type { Argument, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
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

/** `S_IFREG|S_ISUID|0755`; a type without a name is all octal. */
export function printFileMode({ abi, uint }: Pick<Argument, 'abi' | 'uint'>): string {
  const mode = uint & 0xffff
  const type = familyOf('file_type', abi).nameOf(mode & TYPE_MASK)
  if (type === undefined) return toOctal(mode)
  const bits = BITS.filter(([, bit]) => (mode & bit) !== 0).map(([name]) => `|${name}`)
  return `${type}${bits.join('')}|${toOctal(mode & 0o777)}`
}

/** `makedev(0x8, 0x1)`: as the kernel packs major and minor into 32 bits for user space. */
export function printDevice({ uint }: Pick<Argument, 'uint'>): string {
  const major = (uint >>> 8) & 0xfff
  const minor = (uint & 0xff) | ((uint >>> 12) & 0xfff00)
  return `makedev(0x${major.toString(16)}, 0x${minor.toString(16)})`.replaceAll('0x0', '0')
}

/** The device, if the mode before it is that of one; else nobody looks at it. */
function deviceIfSpecial([mode]: readonly string[]): Kind {
  const index = toIndex(mode)
  return {
    print(argument) {
      const type = argument.other(index).uint & TYPE_MASK
      return type === S_IFCHR || type === S_IFBLK ? printDevice(argument) : ''
    },
  }
}

export const deviceKinds = {
  file_mode: (): Kind => ({ print: printFileMode }),
  device: (): Kind => ({ print: printDevice }),
  device_if_special: deviceIfSpecial,
}
