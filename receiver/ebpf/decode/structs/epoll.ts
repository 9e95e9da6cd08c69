/** Events of epoll. */
import type { Kind } from '../kind.ts'
import { flags, names } from './named.ts'
import { addressOf, given } from './pointers.ts'
import { u32, u64 } from './scalars.ts'
import { struct } from './struct.ts'
import type { Type } from './type.ts'

const EPOLL = names(
  `IN=1 PRI=2 OUT=4 RDNORM=0x40 RDBAND=0x80 WRNORM=0x100 WRBAND=0x200 MSG=0x400 ERR=8 HUP=0x10 RDHUP=0x2000
  EXCLUSIVE=0x10000000 WAKEUP=0x20000000 ONESHOT=0x40000000 ET=0x80000000`,
  'EPOLL',
)

/** Both readings of the same 8 bytes. */
const data: Type = {
  ...u64,
  print(memory, at) {
    return `{u32=${memory.integer(at, 4, false)}, u64=${memory.integer(at, 8, false)}}`
  },
}

/** Without a gap on x86. */
export const epollEvent = struct(
  { events: flags(u32, EPOLL, 'EPOLL???'), data },
  { isPacked: ({ machine }) => machine === 'x86' },
)

const DELETE = 2
const added = given(epollEvent)

/** The event of `epoll_ctl`, which does not look at it when it deletes one. */
export const epollCtlEvent: Kind = {
  ...added,
  print: argument => (argument.other(1).uint === DELETE ? addressOf(argument) : added.print(argument)),
}
