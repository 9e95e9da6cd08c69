/** Actions of a seccomp filter. */
import { choice, names } from './named.ts'
import { u32 } from './scalars.ts'
import { element } from './struct.ts'

const ACTIONS = names(
  `KILL_PROCESS=0x80000000 KILL_THREAD=0 TRAP=0x30000 ERRNO=0x50000 USER_NOTIF=0x7fc00000 TRACE=0x7ff00000 LOG=0x7ffc0000
  ALLOW=0x7fff0000`,
  'SECCOMP_RET_',
)

/** `[SECCOMP_RET_LOG]`. */
export const seccompAction = element(choice(u32, ACTIONS, 'SECCOMP_RET_???'))
