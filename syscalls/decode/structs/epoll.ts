/** Events of epoll. */
import type { Kind } from '../kind.ts'
import { family } from './named.ts'
import { addressOf, given } from './pointers.ts'
import { u32, u64 } from './scalars.ts'
import { struct } from './struct.ts'
import type { Type } from './type.ts'

/** Both readings of the same 8 bytes. */
const data: Type = {
  ...u64,
  print(memory, at) {
    return `{u32=${memory.integer(at, 4, false)}, u64=${memory.integer(at, 8, false)}}`
  },
}

/** Without a gap on x86. */
export const epollEvent = struct(
  { events: family(u32, 'epoll_events'), data },
  { isPacked: ({ machine }) => machine === 'x86' },
)

const DELETE = 2
const added = given(epollEvent)

/** The event of `epoll_ctl`; ignored by the command that deletes. */
export const epollCtlEvent: Kind = {
  ...added,
  print: argument => (argument.other(1).uint === DELETE ? addressOf(argument) : added.print(argument)),
}
