/** Reading and writing that ends later: AIO and io_uring. */
import type { Kind } from '../kind.ts'
import { sizesOf } from './memory.ts'
import { choice, flags, names } from './named.ts'
import { addressOf, one } from './pointers.ts'
import { i16, i64, u16, u32, x64 } from './scalars.ts'
import { array, padding, struct, when } from './struct.ts'

const OPCODES = names('PREAD PWRITE FSYNC FDSYNC PREADX POLL NOOP PREADV PWRITEV', 'IOCB_CMD_')

/** The fields of a request that `io_cancel` reads. */
export const iocb = struct({
  aio_data: x64,
  _key: u32,
  _flags: u32,
  aio_lio_opcode: choice(u16, OPCODES, 'IOCB_CMD_???'),
  _priority: i16,
  aio_fildes: u32,
  _rest: padding(40),
})
export const ioEvent = struct({ data: x64, obj: x64, res: i64, res2: i64 })

const SETUP = names(
  `IOPOLL=1 SQPOLL=2 SQ_AFF=4 CQSIZE=8 CLAMP=0x10 ATTACH_WQ=0x20 R_DISABLED=0x40 SUBMIT_ALL=0x80 COOP_TASKRUN=0x100
  TASKRUN_FLAG=0x200 SQE128=0x400 CQE32=0x800 SINGLE_ISSUER=0x1000 DEFER_TASKRUN=0x2000 NO_MMAP=0x4000
  REGISTERED_FD_ONLY=0x8000 NO_SQARRAY=0x10000 HYBRID_IOPOLL=0x20000`,
  'IORING_SETUP_',
)
const FEATURES = names(
  `SINGLE_MMAP=1 NODROP=2 SUBMIT_STABLE=4 RW_CUR_POS=8 CUR_PERSONALITY=0x10 FAST_POLL=0x20 POLL_32BITS=0x40
  SQPOLL_NONFIXED=0x80 EXT_ARG=0x100 NATIVE_WORKERS=0x200 RSRC_TAGS=0x400 CQE_SKIP=0x800 LINKED_FILE=0x1000`,
  'IORING_FEAT_',
)
const ATTACH_WQ = 0x20n

const submission = struct({
  head: u32,
  tail: u32,
  ring_mask: u32,
  ring_entries: u32,
  flags: u32,
  dropped: u32,
  array: u32,
  _0: u32,
  _1: x64,
})
const completion = struct({
  head: u32,
  tail: u32,
  ring_mask: u32,
  ring_entries: u32,
  overflow: u32,
  cqes: u32,
  flags: u32,
  _0: u32,
  _1: x64,
})

const asked = {
  flags: flags(u32, SETUP, 'IORING_SETUP_???'),
  sq_thread_cpu: u32,
  sq_thread_idle: u32,
  _features: u32,
  wq_fd: when(u32, get => (get('flags') & ATTACH_WQ) !== 0n),
}
const before = struct({ _0: u32, _1: u32, ...asked })
const after = struct(
  {
    sq_entries: u32,
    cq_entries: u32,
    flags: asked.flags,
    sq_thread_cpu: u32,
    sq_thread_idle: u32,
    features: flags(u32, FEATURES, 'IORING_FEAT_???'),
    wq_fd: asked.wq_fd,
    _reserved: array(u32, 3),
    sq_off: submission,
    cq_off: completion,
  },
  { order: 'flags sq_thread_cpu sq_thread_idle wq_fd sq_entries cq_entries features' },
)

/** Parameters of a ring, and the offsets of its parts. */
export const ringParameters: Kind = {
  copies: abi => [
    { how: 'bytes', when: 'entry', size: before.size(sizesOf(abi)) },
    { how: 'bytes', when: 'success', size: after.size(sizesOf(abi)) },
  ],
  print: argument => one(after, argument, 1) ?? one(before, argument, 0) ?? addressOf(argument),
}
