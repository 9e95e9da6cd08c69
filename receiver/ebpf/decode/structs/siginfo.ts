/** What comes with a signal. */
import { signalName } from '../values/signal.ts'
import { choiceText, type Names, names } from './named.ts'
import { i32, long, pointer, u32, x32 } from './scalars.ts'
import { signalNumber } from './signal-names.ts'
import { inline, struct, union, when } from './struct.ts'
import type { Siblings, Type } from './type.ts'

const SIZE = 128
const [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGCHLD, SIGPOLL, SIGSYS] = [
  4n,
  5n,
  7n,
  8n,
  11n,
  17n,
  29n,
  31n,
]

const GENERAL = names(
  'SI_ASYNCNL=-60 SI_DETHREAD=-7 SI_TKILL SI_SIGIO SI_ASYNCIO SI_MESGQ SI_TIMER SI_QUEUE SI_USER SI_KERNEL=128',
)
const CODES: Readonly<Record<string, Names>> = {
  [`${SIGILL}`]: names('OPC=1 OPN ADR TRP PRVOPC PRVREG COPROC BADSTK BADIADDR BREAK BNDMOD', 'ILL_'),
  [`${SIGTRAP}`]: names('BRKPT=1 TRACE BRANCH HWBKPT UNK PERF', 'TRAP_'),
  [`${SIGBUS}`]: names('ADRALN=1 ADRERR OBJERR MCEERR_AR MCEERR_AO', 'BUS_'),
  [`${SIGFPE}`]: names(
    'INTDIV=1 INTOVF FLTDIV FLTOVF FLTUND FLTRES FLTINV FLTSUB DECOVF DECDIV DECERR INVASC INVDEC FLTUNK CONDTRAP',
    'FPE_',
  ),
  [`${SIGSEGV}`]: names(
    'MAPERR=1 ACCERR BNDERR PKUERR ACCADI ADIDERR ADIPERR MTEAERR MTESERR CPERR',
    'SEGV_',
  ),
  [`${SIGCHLD}`]: names('EXITED=1 KILLED DUMPED TRAPPED STOPPED CONTINUED', 'CLD_'),
  [`${SIGPOLL}`]: names('IN=1 OUT MSG ERR PRI HUP', 'POLL_'),
  [`${SIGSYS}`]: names('SECCOMP=1 USER_DISPATCH', 'SYS_'),
}

type Layout = 'kill' | 'timer' | 'queue' | 'child' | 'fault' | 'poll' | 'sys' | 'unknown'

/** Which of the readings of the rest is meant. */
function layoutOf(get: Siblings): Layout {
  const [signal, code] = [get('si_signo'), get('si_code')]
  if (code === 0n || code === -6n) return 'kill'
  if (code === -2n) return 'timer'
  if (code < 0n || code === 128n) return 'queue'
  if (signal === SIGCHLD) return 'child'
  if (signal === SIGPOLL) return 'poll'
  if (signal === SIGSYS) return 'sys'
  return [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV].includes(signal) ? 'fault' : 'unknown'
}

const of = (type: Type, ...layouts: Layout[]) => when(type, get => layouts.includes(layoutOf(get)))

/** By signal: the same number has other names. */
const code: Type = {
  ...i32,
  print(memory, at, get) {
    const own = CODES[String(get('si_signo'))] ?? []
    return choiceText([...GENERAL, ...own], 'SI_???')(i32.read(memory, at))
  },
}

/** A number for a child that exited, a signal for one that did not. */
const status: Type = {
  ...i32,
  print: (memory, at, get) =>
    get('si_code') === 1n ? i32.print(memory, at, get) : signalName(Number(i32.read(memory, at))),
}

const value = struct({ _: union({ sival_int: i32, sival_ptr: pointer }) })
const sender = { si_pid: i32, si_uid: u32 }

const full = struct({
  si_signo: signalNumber,
  si_errno: when(i32, get => get('si_errno') !== 0n),
  si_code: code,
  _: union({
    _kill: of(inline(sender), 'kill'),
    _timer: of(inline({ si_timerid: x32, si_overrun: i32, si_value: value }), 'timer'),
    _queue: of(inline({ ...sender, si_value: value }), 'queue', 'unknown'),
    _child: of(inline({ ...sender, si_status: status, si_utime: long, si_stime: long }), 'child'),
    _fault: of(inline({ si_addr: pointer }), 'fault'),
    _poll: of(inline({ si_band: long, si_fd: i32 }), 'poll'),
    _sys: of(inline({ si_call_addr: pointer, si_syscall: i32, si_arch: x32 }), 'sys'),
  }),
})

/** `{si_signo=SIGCHLD, si_code=CLD_EXITED, …}`; `{}` when there was nothing to say. */
export const siginfo: Type = {
  size: () => SIZE,
  align: sizes => sizes.pointer,
  print(memory, at, siblings) {
    const isEmpty = memory.slice(at, 12).every(byte => byte === 0)
    return isEmpty ? '{}' : full.print(memory, at, siblings)
  },
}
