/** Structs that tell the kernel how to open, mount and restrict. */
import { openFlags } from '../values/opening.ts'
import { choice, family, flags, flagsText, names } from './named.ts'
import { i32, pointer, printed, u16, u32, u64, x64 } from './scalars.ts'
import { element, padding, struct, when } from './struct.ts'
import type { Scalar } from './type.ts'

const CREATES = 0o20000100n

/** `O_RDONLY|O_CLOEXEC`. */
const open: Scalar = {
  ...u64,
  print: (memory, at) => openFlags(Number(u64.read(memory, at)), memory),
}
const mode = printed(u64, value => (value === 0n ? '0' : `0${value.toString(8)}`))

/** The struct that `openat2` takes. */
export const openHow = struct({
  flags: open,
  mode: when(mode, get => get('mode') !== 0n || (get('flags') & CREATES) !== 0n),
  resolve: family(u64, 'open_resolve'),
})

const PROPAGATION = names('UNBINDABLE=0x20000 PRIVATE=0x40000 SLAVE=0x80000 SHARED=0x100000', 'MS_')
const propagation = flagsText(PROPAGATION, 'MS_???')

export const mountAttr = struct({
  attr_set: family(u64, 'mount_attr'),
  attr_clr: family(u64, 'mount_attr'),
  propagation: printed(u64, value => (value === 0n ? '0 /* MS_??? */' : propagation(value))),
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

export const mountRequest = struct({ size: u32, _: u32, mnt_id: x64, param: x64 })

const ACTIONS = names(
  `KILL_PROCESS=0x80000000 KILL_THREAD=0 TRAP=0x30000 ERRNO=0x50000 USER_NOTIF=0x7fc00000 TRACE=0x7ff00000 LOG=0x7ffc0000
  ALLOW=0x7fff0000`,
  'SECCOMP_RET_',
)

/** `[SECCOMP_RET_LOG]`. */
export const seccompAction = element(choice(u32, ACTIONS, 'SECCOMP_RET_???'))

/** `{len=3, filter=0x7f…}`. */
export const program = struct({ len: u16, filter: pointer })
