/** How to open, mount and restrict. */
import { flags, flagsText, names } from './named.ts'
import { i32, printed, u32, u64 } from './scalars.ts'
import { choose, padding, struct, when } from './struct.ts'
import type { Scalar } from './type.ts'

const ACCESS = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE']
const CREATES = 0o100n
const TMPFILE = 0o20000000n
const COMMON = 'CREAT=0o100 EXCL=0o200 NOCTTY=0o400 TRUNC=0o1000 APPEND=0o2000 NONBLOCK=0o4000 SYNC=0o4010000 DSYNC=0o10000'
const LATER = 'NOATIME=0o1000000 CLOEXEC=0o2000000 PATH=0o10000000'
const OPEN = {
  x86: names(
    `${COMMON} DIRECT=0o40000 LARGEFILE=0o100000 NOFOLLOW=0o400000 ${LATER} TMPFILE=0o20200000 DIRECTORY=0o200000`,
    'O_',
  ),
  arm: names(
    `${COMMON} DIRECT=0o200000 LARGEFILE=0o400000 NOFOLLOW=0o100000 ${LATER} TMPFILE=0o20040000 DIRECTORY=0o40000`,
    'O_',
  ),
}

/** `O_RDONLY|O_CLOEXEC`. */
function openFlags(type: Scalar, machine: 'x86' | 'arm'): Scalar {
  const text = flagsText(OPEN[machine], 'O_???')
  return printed(type, value => {
    const rest = value & ~3n
    return `${ACCESS[Number(value & 3n)]}${rest === 0n ? '' : `|${text(rest).replace(/ .*/, '')}`}`
  })
}

const RESOLVE = names('NO_XDEV=1 NO_MAGICLINKS=2 NO_SYMLINKS=4 BENEATH=8 IN_ROOT=0x10 CACHED=0x20', 'RESOLVE_')
const mode = printed(u64, value => (value === 0n ? '0' : `0${value.toString(8)}`))

const openHowOf = (machine: 'x86' | 'arm') =>
  struct({
    flags: openFlags(u64, machine),
    mode: when(mode, get => get('mode') !== 0n || (get('flags') & (CREATES | TMPFILE)) !== 0n),
    resolve: flags(u64, RESOLVE, 'RESOLVE_???'),
  })
const x86 = openHowOf('x86')
const arm = openHowOf('arm')

/** What `openat2` takes. */
export const openHow = choose(({ machine }) => (machine === 'x86' ? x86 : arm))

const ATTRIBUTES = names(
  `RDONLY=1 NOSUID=2 NODEV=4 NOEXEC=8 NOATIME=0x10 STRICTATIME=0x20 NODIRATIME=0x80 IDMAP=0x100000 NOSYMFOLLOW=0x200000`,
  'MOUNT_ATTR_',
)
const PROPAGATION = names('UNBINDABLE=0x20000 PRIVATE=0x40000 SLAVE=0x80000 SHARED=0x100000', 'MS_')
const attributes = flags(u64, ATTRIBUTES, 'MOUNT_ATTR_???')

export const mountAttr = struct({
  attr_set: attributes,
  attr_clr: attributes,
  propagation: printed(u64, value => (value === 0n ? '0 /* MS_??? */' : flagsText(PROPAGATION, 'MS_???')(value))),
  userns_fd: u64,
})

const ACCESS_FS = names(
  `EXECUTE=1 WRITE_FILE=2 READ_FILE=4 READ_DIR=8 REMOVE_DIR=0x10 REMOVE_FILE=0x20 MAKE_CHAR=0x40 MAKE_DIR=0x80 MAKE_REG=0x100
  MAKE_SOCK=0x200 MAKE_FIFO=0x400 MAKE_BLOCK=0x800 MAKE_SYM=0x1000 REFER=0x2000 TRUNCATE=0x4000 IOCTL_DEV=0x8000`,
  'LANDLOCK_ACCESS_FS_',
)
const access = flags(u64, ACCESS_FS, 'LANDLOCK_ACCESS_FS_???')

export const landlockRuleset = struct({ handled_access_fs: access })
/** Packed. */
export const landlockPath = struct({ allowed_access: access, parent_fd: i32 }, { isPacked: () => true })

const QIF = names('BLIMITS=1 SPACE=2 ILIMITS=4 INODES=8 BTIME=0x10 ITIME=0x20', 'QIF_')
/** Limits and use of a user's disk space. */
export const dqblk = struct({
  dqb_bhardlimit: u64,
  dqb_bsoftlimit: u64,
  dqb_curspace: u64,
  dqb_ihardlimit: u64,
  dqb_isoftlimit: u64,
  dqb_curinodes: u64,
  dqb_btime: u64,
  dqb_itime: u64,
  dqb_valid: flags(u32, QIF, 'QIF_???'),
  _: padding(4),
})
