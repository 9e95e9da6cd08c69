/** Notifications of timers, the time that a call may wait, and the time left of it. */
import type { Argument, Kind } from '../kind.ts'
import { sizesOf } from './memory.ts'
import { choice, names } from './named.ts'
import { addressOf, beforeAndAfter, one } from './pointers.ts'
import { i32, pointer } from './scalars.ts'
import { signalNumber } from './signals.ts'
import { inline, padding, struct, union, when } from './struct.ts'
import type { Siblings, Type } from './type.ts'

const EINTR = 4
const FIRST_RESTART = 512
const LAST_RESTART = 516

const SIGEV = names('SIGEV_SIGNAL SIGEV_NONE SIGEV_THREAD SIGEV_THREAD_ID=4')
const notifies =
  (...values: bigint[]) =>
  (siblings: Siblings) =>
    values.includes(siblings('sigev_notify'))

const sigval = struct({ _: union({ sival_int: i32, sival_ptr: pointer }) })

export const sigevent = struct({
  sigev_value: sigval,
  _signo: union({
    sigev_signo: when(signalNumber, notifies(0n, 4n, 2n)),
    _other: inline({ sigev_signo: when(i32, siblings => !notifies(0n, 4n, 2n)(siblings)) }),
  }),
  sigev_notify: choice(i32, SIGEV, 'SIGEV_???'),
  _: union({
    sigev_notify_thread_id: when(i32, notifies(4n)),
    _function: inline({
      sigev_notify_function: when(pointer, notifies(2n)),
      sigev_notify_attributes: when(pointer, notifies(2n)),
    }),
    _all: padding(48),
  }),
})

/** The time left of a sleep that a signal interrupted; an address otherwise. */
export function remaining(type: Type): Kind {
  return {
    copies: abi => [{ how: 'bytes', when: 'exit', size: type.size(sizesOf(abi)) }],
    print: argument => (isInterrupted(argument) ? one(type, argument) : undefined) ?? addressOf(argument),
  }
}

function isInterrupted({ returned }: Argument): boolean {
  if (returned === undefined) return false
  return -returned === EINTR || (-returned >= FIRST_RESTART && -returned <= LAST_RESTART)
}

/** `{tv_sec=5, tv_nsec=0}`; what is left follows the result as `left {…}`. */
export function timeout(type: Type): Kind {
  return {
    copies: abi => beforeAndAfter(type.size(sizesOf(abi))),
    print: argument => one(type, argument) ?? addressOf(argument),
    note(argument) {
      const left = (argument.returned ?? 0) > 0 ? one(type, argument, 1) : undefined
      return left === undefined ? undefined : `left ${left}`
    },
  }
}
