import { V1_SHIFT } from '../../native/generated/layout.ts'
import { highWord, joinWords, lowWord, SAFE_HIGH, TWO_TO_32 } from '../../pipeline/data/u64.ts'

/**
 * A cgroup id as a key of a Map: a number when that is exact, else a bigint. Ids are 64-bit kernfs ids, a generation above
 * an inode number, so almost always below 2^53; equal ids give equal keys.
 */
export type CgroupKey = number | bigint

/** Returns the key of the two 32-bit words of an id. */
export function cgroupKey(low: number, high: number): CgroupKey {
  return high < SAFE_HIGH ? high * TWO_TO_32 + low : joinWords(low, high)
}

/** Returns the key of an id, 0 to 2^64 - 1. */
export function toCgroupKey(id: bigint): CgroupKey {
  return id <= Number.MAX_SAFE_INTEGER ? Number(id) : id
}

/** The two 32-bit words of an id. */
export function toWords(key: CgroupKey): { readonly low: number; readonly high: number } {
  if (typeof key === 'number') return { low: key >>> 0, high: Math.floor(key / TWO_TO_32) }
  return { low: lowWord(key), high: highWord(key) }
}

/** Marks v1 cgroups on hosts that have both versions, each with its own numbers (SWOLL_V1_SHIFT). Kernfs ids stay below it. */
const V1 = 1n << BigInt(V1_SHIFT)

export function toV1Key(id: bigint): CgroupKey {
  return toCgroupKey(id | V1)
}

export function isV1Key(key: CgroupKey): boolean {
  return (BigInt(key) & V1) !== 0n
}

/** Returns the inode number in the kernel's file system. */
export function toInode(key: CgroupKey): bigint {
  return BigInt(key) & ~V1
}
