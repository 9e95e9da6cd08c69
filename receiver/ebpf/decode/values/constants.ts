/** Numbers that have names: one of many, or a set of bits. The names are those of scripts/constants/families.ts. */
import type { Abi } from '../../tables/syscalls.ts'
import * as generated from '../generated/constants.ts'
import type { Argument, Kind } from '../kind.ts'

/** Prints values of one family for callers of one ABI. */
export interface Family {
  /** `O_RDONLY|0x4000000`; a value without a single name is `0x63 /* AF_??? *\/`. `value` is unsigned, below 2^64. */
  print(value: number): string
  /** The one name of exactly this value. */
  nameOf(value: number): string | undefined
}

const OF_ABI: Readonly<Record<Abi, Readonly<Record<string, string>>>> = {
  x86_64: {},
  x32: {},
  i386: generated.i386,
  arm64: generated.arm64,
  arm: generated.arm,
}
/** Programs choose the values: texts are kept for so many of them. */
const MAX_KEPT = 1024
const UINT32 = 2 ** 32

const families = new Map<string, Family>()

/** Names of all families. */
export function familyNames(): string[] {
  return Object.keys(generated.common)
}

/** The family for callers of an ABI; the same object each time. Throws where there is none of this name. */
export function familyOf(name: string, abi: Abi): Family {
  const text = OF_ABI[abi][name] ?? generated.common[name]
  if (text === undefined) throw new Error(`${name}: must be a family of constants`)
  const known = families.get(text)
  if (known !== undefined) return known
  const family = toFamily(text)
  families.set(text, family)
  return family
}

function toFamily(text: string): Family {
  const [form, unknown, ...words] = text.trim().split(/\s+/)
  const entries = words.map(word => {
    const [name, value] = word.split('=')
    return [name!, Number(value)] as const
  })
  const names = new Map(entries.map(([name, value]) => [value, name]))
  const compute = form === 'set' ? setPrinter(entries, names, unknown!) : onePrinter(names, unknown!)
  const kept = new Map<number, string>()
  return {
    nameOf: value => names.get(value),
    print(value) {
      let printed = kept.get(value)
      if (printed !== undefined) return printed
      printed = compute(value)
      if (kept.size < MAX_KEPT) kept.set(value, printed)
      return printed
    },
  }
}

type Print = (value: number) => string

function onePrinter(names: ReadonlyMap<number, string>, unknown: string): Print {
  return value => names.get(value) ?? `${toHex(value)} /* ${unknown} */`
}

function setPrinter(
  entries: readonly (readonly [string, number])[],
  names: ReadonlyMap<number, string>,
  unknown: string,
): Print {
  const zero = names.get(0) ?? '0'
  return value => {
    if (value === 0) return zero
    const known: string[] = []
    let rest = value % UINT32
    for (const [name, bits] of entries) {
      if (bits === 0 || (rest & bits) >>> 0 !== bits) continue
      known.push(name)
      rest = (rest & ~bits) >>> 0
    }
    if (known.length === 0) return `${toHex(value)} /* ${unknown} */`
    const unknownBits = value - (value % UINT32) + rest
    return unknownBits === 0 ? known.join('|') : `${known.join('|')}|${toHex(unknownBits)}`
  }
}

function toHex(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`
}

/** A kind for values of a family: an int, or with the parameter `long` all of the register. */
function kindOf(name: string, [width]: readonly string[]): Kind {
  const byAbi: Partial<Record<Abi, Family>> = {}
  const read =
    width === 'long' ? (argument: Argument) => argument.number : (argument: Argument) => argument.uint
  return {
    print(argument) {
      const { abi } = argument
      byAbi[abi] ??= familyOf(name, abi)
      return byAbi[abi].print(read(argument))
    },
  }
}

/** Kinds of all families, by their names. */
export const constants: Readonly<Record<string, (parameters: readonly string[]) => Kind>> =
  Object.fromEntries(
    familyNames().map(name => [name, (parameters: readonly string[]) => kindOf(name, parameters)]),
  )
