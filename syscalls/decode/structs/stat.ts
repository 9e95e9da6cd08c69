/** Facts about a file, in all the forms that the kernel has had, and the attributes that `chattr` sets. */

import { printDevice, printMode } from '../values/devices.ts'
import { flags, names } from './named.ts'
import { i32, i64, printed, u16, u32, u64 } from './scalars.ts'
import { choose, element, type Fields, padding, struct, when } from './struct.ts'
import { dateComment } from './times.ts'
import type { Scalar, Siblings, Type } from './type.ts'

function modeOf(type: Scalar): Scalar {
  return { ...type, print: (memory, at) => printMode(Number(type.read(memory, at)), memory.abi) }
}

export const mode16 = modeOf(u16)
const mode32 = modeOf(u32)

const device16 = printed(u16, printDevice)
const device32 = printed(u32, printDevice)
const device64 = printed(u64, printDevice)

const ORDER = `st_dev st_ino st_mode st_nlink st_uid st_gid st_blksize st_blocks st_rdev st_size
  st_atime st_atime_nsec st_mtime st_mtime_nsec st_ctime st_ctime_nsec`

const FORMAT = 0o170000n
const isDevice = (get: Siblings) => [0o020000n, 0o060000n].includes(get('st_mode') & FORMAT)

/** Seconds with the date that they and the nanoseconds beside them make. */
function date(type: Scalar, nanoseconds: string): Type {
  return {
    ...type,
    print(memory, at, get) {
      const seconds = type.read(memory, at)
      return `${seconds}${dateComment(seconds, get(nanoseconds))}`
    },
  }
}

function times(seconds: Scalar, nanoseconds: Scalar | undefined): Fields {
  const of = (name: string) => ({
    [name]: date(seconds, `${name}_nsec`),
    ...(nanoseconds === undefined ? {} : { [`${name}_nsec`]: nanoseconds }),
  })
  return { ...of('st_atime'), ...of('st_mtime'), ...of('st_ctime') }
}

/** A field that this struct does not have. */
const none: Type = { size: () => 0, align: () => 1, print: () => '0' }

const size = (type: Type) => when(type, get => !isDevice(get))
const rdev = (type: Type) => when(type, isDevice)

const x86_64 = struct(
  {
    st_dev: device64,
    st_ino: u64,
    st_nlink: u64,
    st_mode: mode32,
    st_uid: u32,
    st_gid: u32,
    _0: u32,
    st_rdev: rdev(device64),
    st_size: size(i64),
    st_blksize: i64,
    st_blocks: i64,
    ...times(u64, u64),
    _1: padding(24),
  },
  { order: ORDER },
)

/** The struct of arm64 and of other architectures without older forms. */
const generic = struct(
  {
    st_dev: device64,
    st_ino: u64,
    st_mode: mode32,
    st_nlink: u32,
    st_uid: u32,
    st_gid: u32,
    st_rdev: rdev(device64),
    _0: u64,
    st_size: size(i64),
    st_blksize: i32,
    _1: i32,
    st_blocks: i64,
    ...times(i64, u64),
    _2: u64,
  },
  { order: ORDER },
)

/** The struct of i386 and arm. */
const narrow = struct(
  {
    st_dev: device32,
    st_ino: u32,
    st_mode: mode16,
    st_nlink: u16,
    st_uid: u16,
    st_gid: u16,
    st_rdev: rdev(device32),
    st_size: size(u32),
    st_blksize: u32,
    st_blocks: u32,
    ...times(u32, u32),
    _0: u32,
    _1: u32,
  },
  { order: ORDER },
)

/** The struct that `stat` fills. */
export const stat = choose(sizes => {
  if (sizes.long === 4) return narrow
  return sizes.machine === 'x86' ? x86_64 : generic
})

/** The struct that `stat64` of 32-bit ABIs fills. */
export const stat64 = struct(
  {
    st_dev: device64,
    _0: u32,
    _ino: u32,
    st_mode: mode32,
    st_nlink: u32,
    st_uid: u32,
    st_gid: u32,
    st_rdev: rdev(device64),
    _1: u32,
    st_size: size(i64),
    st_blksize: u32,
    st_blocks: u64,
    ...times(u32, u32),
    st_ino: u64,
  },
  { order: ORDER },
)

/** The struct that `oldstat` fills: no blocks yet. */
export const oldStat = struct(
  {
    st_dev: device16,
    st_ino: u16,
    st_mode: mode16,
    st_nlink: u16,
    st_uid: u16,
    st_gid: u16,
    st_rdev: rdev(device16),
    st_size: size(u32),
    ...times(u32, undefined),
    st_blksize: none,
    st_blocks: none,
  },
  { order: ORDER },
)

const FLAGS = names(
  `SECRM=1 UNRM=2 COMPR=4 SYNC=8 IMMUTABLE=0x10 APPEND=0x20 NODUMP=0x40 NOATIME=0x80 DIRTY=0x100 COMPRBLK=0x200 NOCOMP=0x400
  ENCRYPT=0x800 INDEX=0x1000 IMAGIC=0x2000 JOURNAL_DATA=0x4000 NOTAIL=0x8000 DIRSYNC=0x10000 TOPDIR=0x20000 HUGE_FILE=0x40000
  EXTENT=0x80000 VERITY=0x100000 EA_INODE=0x200000 EOFBLOCKS=0x400000 NOCOW=0x800000 DAX=0x2000000 INLINE_DATA=0x10000000
  PROJINHERIT=0x20000000 CASEFOLD=0x40000000 RESERVED=0x80000000`,
  'FS_',
).map(([name, value]) => [`${name}_FL`, value] as const)

/** `[FS_IMMUTABLE_FL]`. Declared as long, the kernel reads and writes an int. */
export const inodeFlags = element(flags(u32, FLAGS, 'FS_???'))
