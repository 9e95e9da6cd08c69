/** 64-bit numbers that 32-bit callers pass in two registers. The first one's kind shows them whole. */
import type { Argument, Kind } from '../kind.ts'

const UINT32 = 2n ** 32n
/** mmap2 counts in pages of this size, whatever the machine's are. */
const PAGE = 4096

function signed(high: number, low: number): string {
  return `${BigInt(high | 0) * UINT32 + BigInt(low)}`
}

/** Low half first. */
const pair: Kind = {
  print: argument => signed(argument.other(argument.index + 1).uint, argument.uint),
}
/** The offset of _llseek: high half first. */
const highFirst: Kind = {
  print: argument => signed(argument.uint, argument.other(argument.index + 1).uint),
}
const pages: Kind = {
  print: ({ uint }: Argument) => (uint === 0 ? '0' : `0x${(uint * PAGE).toString(16)}`),
}

export const pairKinds = {
  offset_pair: () => pair,
  offset_high_first: () => highFirst,
  pages_offset: () => pages,
}
