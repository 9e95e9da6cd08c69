/** Numbers that have names: one of many, or a set of bits. The names are those of scripts/constants/families.ts. */
import type { Abi } from '../../tables/syscalls.ts'
import * as generated from '../generated/constants.ts'
import * as ioctls from '../generated/ioctls.ts'
import type { Kind } from '../kind.ts'
import { toHex } from './hex.ts'
import { upperHalf } from './integers.ts'

/** Prints values of one family for callers of one ABI. */
interface Family {
  /** `O_RDONLY|0x4000000`; a value without a single name is `0x63 /* AF_??? *\/`. Halves are unsigned 32-bit integers. */
  print(low: number, high?: number): string
  /** The one name of exactly this value. */
  nameOf(value: number): string | undefined
  /** Undefined: callers of this ABI have no constant of this name. */
  valueOf(name: string): number | undefined
}

const OF_ABI: Readonly<Record<Abi, Readonly<Record<string, string>>>> = {
  x86_64: { ioctl: ioctlFamily('') },
  x32: { ioctl: ioctlFamily('') },
  i386: { ...generated.i386, ioctl: ioctlFamily(ioctls.i386) },
  arm64: { ...generated.arm64, ioctl: ioctlFamily(ioctls.arm64) },
  arm: { ...generated.arm, ioctl: ioctlFamily(ioctls.arm) },
}
/** The most values of a family whose texts are kept: programs choose the values. */
const MAX_KEPT = 1024

/** Commands of ioctl are a family too; what is behind takes the place of what is before. */
function ioctlFamily(others: string): string {
  return `one _IOC_??? ${ioctls.common} ${others}`
}

/** Families by ABI and name. A family that two ABIs share is made twice; few traced programs have more than one ABI. */
const families: Record<Abi, Record<string, Family>> = { x86_64: {}, x32: {}, i386: {}, arm64: {}, arm: {} }

/** Names of all families. */
export function familyNames(): string[] {
  return Object.keys(generated.common)
}

/** The family for callers of an ABI; the same object each time. Throws where there is none of this name. */
export function familyOf(name: string, abi: Abi): Family {
  const known = families[abi]
  const family = known[name] ?? toFamily(textOf(name, abi))
  known[name] = family
  return family
}

function textOf(name: string, abi: Abi): string {
  const text = OF_ABI[abi][name] ?? generated.common[name]
  if (text === undefined) throw new Error(`${name}: must be a family of constants`)
  return text
}

function toFamily(text: string): Family {
  const [form, unknown, ...words] = text.trim().split(/\s+/)
  const entries = words.map(word => {
    const [name, value] = word.split('=')
    return [name!, Number(value)] as const
  })
  const names = new Map(entries.map(([name, value]) => [value, name]))
  const values = new Map(entries)
  const compute = form === 'set' ? setPrinter(entries, names, unknown!) : onePrinter(names, unknown!)
  const kept = new Map<number, string>()
  return {
    nameOf: value => names.get(value),
    valueOf: name => values.get(name),
    print(low, high = 0) {
      if (high !== 0) return compute(low, high)
      let printed = kept.get(low)
      if (printed !== undefined) return printed
      printed = compute(low, 0)
      if (kept.size < MAX_KEPT) kept.set(low, printed)
      return printed
    },
  }
}

type Print = (low: number, high: number) => string

function onePrinter(names: ReadonlyMap<number, string>, unknown: string): Print {
  return (low, high) => (high === 0 ? names.get(low) : undefined) ?? `${toHex(low, high)} /* ${unknown} */`
}

function setPrinter(
  entries: readonly (readonly [string, number])[],
  names: ReadonlyMap<number, string>,
  unknown: string,
): Print {
  const zero = names.get(0) ?? '0'
  return (low, high) => {
    if (low === 0 && high === 0) return zero
    const known: string[] = []
    let rest = low
    for (const [name, bits] of entries) {
      if (bits === 0 || (rest & bits) >>> 0 !== bits) continue
      known.push(name)
      rest = (rest & ~bits) >>> 0
    }
    if (known.length === 0) return `${toHex(low, high)} /* ${unknown} */`
    return rest === 0 && high === 0 ? known.join('|') : `${known.join('|')}|${toHex(rest, high)}`
  }
}

/** A kind for values of a family: an int, or with the parameter `long` all of the register. */
function kindOf(name: string, [width]: readonly string[]): Kind {
  const byAbi: Partial<Record<Abi, Family>> = {}
  const isLong = width === 'long'
  return {
    print(argument) {
      const { abi, uint } = argument
      byAbi[abi] ??= familyOf(name, abi)
      return byAbi[abi].print(uint, isLong ? upperHalf(argument) : 0)
    },
  }
}

/** Kinds of all families, by their names. */
export const constants: Readonly<Record<string, (parameters: readonly string[]) => Kind>> =
  Object.fromEntries(
    familyNames().map(name => [name, (parameters: readonly string[]) => kindOf(name, parameters)]),
  )
