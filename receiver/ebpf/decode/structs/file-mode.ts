/** Modes of files and numbers of devices. */
import type { Abi } from '../../tables/syscalls.ts'
import { familyOf } from '../values/constants.ts'
import { hex, printed, u16, u32, u64 } from './scalars.ts'
import type { Scalar } from './type.ts'

const FORMAT = 0o170000
const BITS: readonly (readonly [number, string])[] = [
  [0o4000, 'S_ISUID'],
  [0o2000, 'S_ISGID'],
  [0o1000, 'S_ISVTX'],
]

/** `S_IFREG|S_ISUID|0644`. */
function modeText(value: bigint, abi: Abi): string {
  const mode = Number(value)
  const type = familyOf('file_type', abi).nameOf(mode & FORMAT)
  const rest = mode & ~(type === undefined ? 0o7000 : FORMAT | 0o7000)
  const names = [
    ...(type === undefined ? [] : [type]),
    ...BITS.filter(([bit]) => mode & bit).map(([, name]) => name),
  ]
  return [...names, `0${rest.toString(8).padStart(2, '0')}`].join('|')
}

/** `makedev(0x8, 0x1)`. */
function deviceText(value: bigint): string {
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n)
  const minor = (value & 0xffn) | ((value >> 12n) & 0xffffff00n)
  return `makedev(${hex(major)}, ${hex(minor)})`
}

function modeOf(type: Scalar): Scalar {
  return { ...type, print: (memory, at) => modeText(type.read(memory, at), memory.abi) }
}

export const mode16 = modeOf(u16)
export const mode32 = modeOf(u32)

export const device16 = printed(u16, deviceText)
export const device32 = printed(u32, deviceText)
export const device64 = printed(u64, deviceText)
