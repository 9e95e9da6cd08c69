/** How memory is mapped. */
import type { Argument, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'

const TYPE_MASK = 0xf
const HUGE_SHIFT = 26
const MAP_HUGETLB = 0x40000
const UINT32 = 2 ** 32

/** `MAP_PRIVATE|MAP_ANONYMOUS`: a type, flags, and the logarithm of a huge page's size. */
function printMappingFlags({ number, uint, abi }: Argument): string {
  const type = familyOf('mmap_type', abi).print(uint & TYPE_MASK)
  const huge = (uint & MAP_HUGETLB) !== 0 ? uint >>> HUGE_SHIFT : 0
  const low = (uint & ~TYPE_MASK & (huge === 0 ? -1 : (1 << HUGE_SHIFT) - 1)) >>> 0
  const rest = number - (number % UINT32) + low
  let text = type
  if (rest !== 0)
    text += `|${familyOf('mmap_bits', abi)
      .print(rest)
      .replace(/ \/\* .*$/, '')}`
  return huge === 0 ? text : `${text}|${huge}<<MAP_HUGE_SHIFT`
}

const mappingFlags: Kind = { print: printMappingFlags }

export const mappings = { mmap_flags: () => mappingFlags }
