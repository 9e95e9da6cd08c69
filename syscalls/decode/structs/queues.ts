/** Queues of messages, semaphores and shared memory. */
import { openFlags } from '../values/opening.ts'
import { flags, names } from './named.ts'
import { i16, i32, long, printed, size, u16, u32, ulong } from './scalars.ts'
import { choose, type Fields, struct } from './struct.ts'
import type { Scalar } from './type.ts'

/** Open flags without an access mode. */
const queueFlags: Scalar = {
  ...long,
  print(memory, at) {
    const text = openFlags(Number(BigInt.asUintN(32, long.read(memory, at))), memory)
    return text === 'O_RDONLY' ? '0' : text.replace('O_RDONLY|', '')
  },
}
export const mqAttr = struct({
  mq_flags: queueFlags,
  mq_maxmsg: long,
  mq_msgsize: long,
  mq_curmsgs: long,
  ...reserved(4),
})

const SEM = names('SEM_UNDO=0x1000 IPC_NOWAIT=0x800')
export const sembuf = struct({ sem_num: u16, sem_op: i16, sem_flg: flags(u16, SEM, 'SEM_???') })

const permissions = struct(
  {
    key: u32,
    uid: u32,
    gid: u32,
    cuid: u32,
    cgid: u32,
    mode: printed(u16, value => `0${value.toString(8)}`),
    _0: u16,
    _1: u16,
    _2: u16,
    _3: ulong,
    _4: ulong,
  },
  { order: 'uid gid mode key cuid cgid' },
)

/** A time; where words are short, its upper half follows. */
const time = (name: string, isWide: boolean): Fields => ({
  [name]: ulong,
  ...(isWide ? {} : { [`_${name}`]: ulong }),
})

const msqidOf = (isWide: boolean) =>
  struct({
    msg_perm: permissions,
    ...time('msg_stime', isWide),
    ...time('msg_rtime', isWide),
    ...time('msg_ctime', isWide),
    _msg_cbytes: ulong,
    msg_qnum: ulong,
    msg_qbytes: ulong,
    msg_lspid: i32,
    msg_lrpid: i32,
    ...reserved(2),
  })

const shmidOf = (isWide: boolean) =>
  struct(
    {
      shm_perm: permissions,
      shm_segsz: size,
      ...time('shm_atime', isWide),
      ...time('shm_dtime', isWide),
      ...time('shm_ctime', isWide),
      shm_cpid: i32,
      shm_lpid: i32,
      shm_nattch: ulong,
      ...reserved(2),
    },
    { order: 'shm_perm shm_segsz shm_cpid shm_lpid shm_nattch shm_atime shm_dtime shm_ctime' },
  )

const semidOf = (isGeneric: boolean) =>
  struct({
    sem_perm: permissions,
    ...time('sem_otime', isGeneric),
    ...time('sem_ctime', isGeneric),
    sem_nsems: ulong,
    ...reserved(2),
  })

const forms = <T>(of: (isWide: boolean) => T) => [of(false), of(true)] as const
const [shortMsqid, wideMsqid] = forms(msqidOf)
const [shortShmid, wideShmid] = forms(shmidOf)
const [paddedSemid, genericSemid] = forms(semidOf)

/** The structs since there are 64-bit ones (`IPC_64`, which only 32-bit programs must ask for). */
export const msqid = choose(({ long }) => (long === 8 ? wideMsqid : shortMsqid))
export const shmid = choose(({ long }) => (long === 8 ? wideShmid : shortShmid))
/** x86-64 has room for upper halves that it does not need. */
export const semid = choose(({ long, machine }) =>
  long === 8 && machine === 'arm' ? genericSemid : paddedSemid,
)

function reserved(words: number): Fields {
  return Object.fromEntries(Array.from({ length: words }, (_, i) => [`_reserved${i}`, ulong]))
}
