/** Integers that have names: one of many, or many at once. */
import { familyNames, familyOf } from '../values/constants.ts'
import { hex, printed } from './scalars.ts'
import type { Scalar } from './type.ts'

/** Names by value, in the order in which they are printed. */
export type Names = readonly (readonly [name: string, value: number])[]

/** Reads names from `A=1 B=2`; a name without `=` is one more than the name before, from 0. */
export function names(text: string, prefix = ''): Names {
  let next = 0
  return text
    .trim()
    .split(/\s+/)
    .map(word => {
      const [name, value] = word.split('=')
      const number = value === undefined ? next : Number(value)
      next = number + 1
      return [prefix + name, number] as const
    })
}

/** Values of a family of constants that arguments have too. Throws for a name that is none: as soon as the type is made. */
export function family(type: Scalar, name: string): Scalar {
  if (!familyNames().includes(name)) throw new Error(`${name}: must be a family of constants`)
  return {
    ...type,
    print(memory, at) {
      const bits = type.size(memory.sizes) * 8
      return familyOf(name, memory.abi).print(Number(BigInt.asUintN(bits, type.read(memory, at))))
    },
  }
}

/** `AF_INET`, or `0x63 /* AF_??? *\/`. */
export function choice(type: Scalar, table: Names, unknown: string): Scalar {
  return printed(type, choiceText(table, unknown))
}

/** `A|B|0x80`; `0`; without a known one, `0x80 /* A_??? *\/`. */
export function flags(type: Scalar, table: Names, unknown: string): Scalar {
  return printed(type, flagsText(table, unknown))
}

/** The text of one of many. */
export function choiceText(table: Names, unknown: string): (value: bigint) => string {
  const byValue = new Map<bigint, string>()
  for (const [name, value] of table) if (!byValue.has(BigInt(value))) byValue.set(BigInt(value), name)
  return value => byValue.get(value) ?? `${hex(BigInt.asUintN(64, value))} /* ${unknown} */`
}

/** The text of many at once. */
export function flagsText(table: Names, unknown: string): (value: bigint) => string {
  const bits = table.map(([name, value]) => [name, BigInt(value)] as const)
  const zero = bits.find(([, bit]) => bit === 0n)?.[0] ?? '0'
  return value => {
    if (value === 0n) return zero
    let rest = value
    const texts: string[] = []
    for (const [name, bit] of bits) {
      if (bit === 0n || (rest & bit) !== bit) continue
      texts.push(name)
      rest &= ~bit
    }
    if (texts.length === 0) return `${hex(value)} /* ${unknown} */`
    return [...texts, ...(rest === 0n ? [] : [hex(rest)])].join('|')
  }
}
