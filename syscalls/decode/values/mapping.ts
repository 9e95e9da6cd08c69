/** Flags of mapped memory. */
import type { Argument, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { upperHalf } from './integers.ts'
import { withoutRemark } from './mixed.ts'

const TYPE_MASK = 0xf
const HUGE_SHIFT = 26

/** `MAP_PRIVATE|MAP_ANONYMOUS|21<<MAP_HUGE_SHIFT`: a type, flags, and the logarithm of a huge page's size. */
function printMappingFlags(argument: Argument): string {
  const { uint, abi } = argument
  const high = upperHalf(argument)
  const hugeSize = uint >>> HUGE_SHIFT
  const flags = uint & ~TYPE_MASK & ((1 << HUGE_SHIFT) - 1)
  let text = familyOf('mmap_type', abi).print(uint & TYPE_MASK)
  if (flags !== 0 || high !== 0) text += `|${withoutRemark(familyOf('mmap_bits', abi).print(flags, high))}`
  return hugeSize === 0 ? text : `${text}|${hugeSize}<<MAP_HUGE_SHIFT`
}

const mappingFlags: Kind = { print: printMappingFlags }

export const mappings = { mmap_flags: () => mappingFlags }
