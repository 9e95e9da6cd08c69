/** The integers of C, by name, and other ways to print an integer. */
import type { Sizes } from './memory.ts'
import type { Scalar } from './type.ts'

type Width = (sizes: Sizes) => number
type Text = (value: bigint) => string

function integer(width: Width, isSigned: boolean, text: Text = String): Scalar {
  return {
    size: width,
    align: sizes => (width(sizes) === 8 ? sizes.wide : width(sizes)),
    read: (memory, at) => memory.integer(at, width(memory.sizes), isSigned),
    print: (memory, at) => text(memory.integer(at, width(memory.sizes), isSigned)),
  }
}

export const u8 = integer(() => 1, false)
export const i16 = integer(() => 2, true)
export const u16 = integer(() => 2, false)
export const i32 = integer(() => 4, true)
export const u32 = integer(() => 4, false)
export const i64 = integer(() => 8, true)
export const u64 = integer(() => 8, false)
export const long = integer(sizes => sizes.long, true)
export const ulong = integer(sizes => sizes.long, false)
export const size = integer(sizes => sizes.pointer, false)
/** An address: `NULL` or hexadecimal. */
export const pointer = integer(sizes => sizes.pointer, false, address)

/** `NULL`, or hexadecimal. */
export function address(value: bigint): string {
  return value === 0n ? 'NULL' : `0x${value.toString(16)}`
}

/** Prints an integer like C's `%#x`: zero is `0`. */
export function hex(value: bigint): string {
  return value === 0n ? '0' : `0x${value.toString(16)}`
}

/** The same integer with another text. */
export function printed(type: Scalar, text: Text): Scalar {
  return { ...type, print: (memory, at) => text(type.read(memory, at)) }
}

/** A 64-bit integer that is always aligned to 8 bytes (`__aligned_u64`). */
export function aligned(type: Scalar): Scalar {
  return { ...type, align: () => 8 }
}

export const x32 = printed(u32, hex)
export const x64 = printed(u64, hex)
export const pointer64 = printed(u64, address)

/** The other byte order of 16 bits. */
export function swap16(value: bigint): bigint {
  return ((value & 0xffn) << 8n) | ((value >> 8n) & 0xffn)
}
