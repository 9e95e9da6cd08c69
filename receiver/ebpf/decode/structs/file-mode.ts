/** Modes of files and numbers of devices. */
import { hex, printed, u16, u32, u64 } from './scalars.ts'

const TYPES: Readonly<Record<number, string>> = {
  0o010000: 'S_IFIFO',
  0o020000: 'S_IFCHR',
  0o040000: 'S_IFDIR',
  0o060000: 'S_IFBLK',
  0o100000: 'S_IFREG',
  0o120000: 'S_IFLNK',
  0o140000: 'S_IFSOCK',
}
const BITS: readonly (readonly [number, string])[] = [
  [0o4000, 'S_ISUID'],
  [0o2000, 'S_ISGID'],
  [0o1000, 'S_ISVTX'],
]

/** `S_IFREG|S_ISUID|0644`. */
function modeText(value: bigint): string {
  const mode = Number(value)
  const type = TYPES[mode & 0o170000]
  const high = mode & ~0o177777
  const texts = type === undefined ? [] : [type]
  const rest = type === undefined ? mode & 0o170000 : high
  for (const [bit, name] of BITS) if (mode & bit) texts.push(name)
  texts.push(`0${((mode & 0o777) | rest).toString(8).padStart(2, '0')}`)
  return texts.join('|')
}

/** `makedev(0x8, 0x1)`. */
function deviceText(value: bigint): string {
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & 0xfffff000n)
  const minor = (value & 0xffn) | ((value >> 12n) & 0xffffff00n)
  return `makedev(${hex(major)}, ${hex(minor)})`
}

export const mode16 = printed(u16, modeText)
export const mode32 = printed(u32, modeText)

export const device16 = printed(u16, deviceText)
export const device32 = printed(u32, deviceText)
export const device64 = printed(u64, deviceText)
