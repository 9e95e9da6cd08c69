/** What `statx` tells of a file. */
import { i32, i64, u16, u32, u64, x64 } from './scalars.ts'
import { mode16 } from './file-mode.ts'
import { flags, names } from './named.ts'
import { padding, struct, when } from './struct.ts'
import { dateText } from './times.ts'
import type { Type } from './type.ts'

const MASK = names(
  `ALL=0xfff BASIC_STATS=0x7ff TYPE=1 MODE=2 NLINK=4 UID=8 GID=0x10 ATIME=0x20 MTIME=0x40 CTIME=0x80 INO=0x100 SIZE=0x200
  BLOCKS=0x400 BTIME=0x800 MNT_ID=0x1000 DIOALIGN=0x2000`,
  'STATX_',
)
const ATTRIBUTES = names(
  `COMPRESSED=4 IMMUTABLE=0x10 APPEND=0x20 NODUMP=0x40 ENCRYPTED=0x800 AUTOMOUNT=0x1000 MOUNT_ROOT=0x2000 VERITY=0x100000
  DAX=0x200000`,
  'STATX_ATTR_',
)
const attributes = flags(u64, ATTRIBUTES, 'STATX_ATTR_???')
const BTIME = 0x800n
const MNT_ID = 0x1000n

const plain = struct({ tv_sec: i64, tv_nsec: u32, _: i32 })
const time: Type = {
  ...plain,
  print(memory, at, siblings) {
    const [seconds, fraction] = [memory.integer(at, 8, true), memory.integer(at + 8, 4, false)]
    const date = seconds === 0n && fraction === 0n ? undefined : dateText(seconds, fraction)
    return plain.print(memory, at, siblings) + (date === undefined ? '' : ` /* ${date} */`)
  },
}

export const statx = struct({
  stx_mask: flags(u32, MASK, 'STATX_???'),
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
  stx_atime: time,
  stx_btime: when(time, get => (get('stx_mask') & BTIME) !== 0n),
  stx_ctime: time,
  stx_mtime: time,
  stx_rdev_major: u32,
  stx_rdev_minor: u32,
  stx_dev_major: u32,
  stx_dev_minor: u32,
  stx_mnt_id: when(x64, get => (get('stx_mask') & MNT_ID) !== 0n),
  _1: padding(104),
})
