/** Attributes of files that `chattr` sets. */
import { flags, names } from './named.ts'
import { u32 } from './scalars.ts'
import { element } from './struct.ts'

const FLAGS = names(
  `SECRM=1 UNRM=2 COMPR=4 SYNC=8 IMMUTABLE=0x10 APPEND=0x20 NODUMP=0x40 NOATIME=0x80 DIRTY=0x100 COMPRBLK=0x200 NOCOMP=0x400
  ENCRYPT=0x800 INDEX=0x1000 IMAGIC=0x2000 JOURNAL_DATA=0x4000 NOTAIL=0x8000 DIRSYNC=0x10000 TOPDIR=0x20000 HUGE_FILE=0x40000
  EXTENT=0x80000 VERITY=0x100000 EA_INODE=0x200000 EOFBLOCKS=0x400000 NOCOW=0x800000 DAX=0x2000000 INLINE_DATA=0x10000000
  PROJINHERIT=0x20000000 CASEFOLD=0x40000000 RESERVED=0x80000000`,
  'FS_',
).map(([name, value]) => [`${name}_FL`, value] as const)

/** `[FS_IMMUTABLE_FL]`. Declared as long, the kernel reads and writes an int. */
export const inodeFlags = element(flags(u32, FLAGS, 'FS_???'))
