/** The facts about a file that `statx` returns. */

import { family, flags, names } from './named.ts'
import { i32, i64, u16, u32, u64, x64 } from './scalars.ts'
import { mode16 } from './stat.ts'
import { padding, struct, when } from './struct.ts'
import { dateComment } from './times.ts'
import type { Type } from './type.ts'

const ATTRIBUTES = names(
  `COMPRESSED=4 IMMUTABLE=0x10 APPEND=0x20 NODUMP=0x40 ENCRYPTED=0x800 AUTOMOUNT=0x1000 MOUNT_ROOT=0x2000 VERITY=0x100000
  DAX=0x200000`,
  'STATX_ATTR_',
)
const attributes = flags(u64, ATTRIBUTES, 'STATX_ATTR_???')
/** Bits of the mask of filled fields; strace shows a time only if its bit is set. */
const ATIME = 0x20n
const MTIME = 0x40n
const CTIME = 0x80n
const BTIME = 0x800n
const MNT_ID = 0x1000n

const ifHas = (type: Type, bit: bigint) => when(type, get => (get('stx_mask') & bit) !== 0n)

const plain = struct({ tv_sec: i64, tv_nsec: u32, _: i32 })
const time: Type = {
  ...plain,
  print(memory, at, siblings) {
    const date = dateComment(memory.integer(at, 8, true), memory.integer(at + 8, 4, false))
    return plain.print(memory, at, siblings) + date
  },
}

export const statx = struct({
  stx_mask: family(u32, 'statx_mask'),
  stx_blksize: u32,
  stx_attributes: attributes,
  stx_nlink: u32,
  stx_uid: u32,
  stx_gid: u32,
  stx_mode: mode16,
  _0: u16,
  stx_ino: u64,
  stx_size: u64,
  stx_blocks: u64,
  stx_attributes_mask: attributes,
  stx_atime: ifHas(time, ATIME),
  stx_btime: ifHas(time, BTIME),
  stx_ctime: ifHas(time, CTIME),
  stx_mtime: ifHas(time, MTIME),
  stx_rdev_major: u32,
  stx_rdev_minor: u32,
  stx_dev_major: u32,
  stx_dev_minor: u32,
  stx_mnt_id: ifHas(x64, MNT_ID),
  _1: padding(104),
})
