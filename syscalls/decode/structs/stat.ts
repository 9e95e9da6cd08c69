/** Facts about a file, in all the forms that the kernel has had. */
import { device16, device32, device64, mode16, mode32 } from './file-mode.ts'
import { i32, i64, u16, u32, u64 } from './scalars.ts'
import { choose, type Fields, padding, struct, when } from './struct.ts'
import { dateText } from './times.ts'
import type { Scalar, Siblings, Type } from './type.ts'

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
      const fraction = get(nanoseconds)
      const text = seconds === 0n && fraction === 0n ? undefined : dateText(seconds, fraction)
      return `${seconds}${text === undefined ? '' : ` /* ${text} */`}`
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
