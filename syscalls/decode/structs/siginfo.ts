/** The information that comes with a signal. */
import { errnoName } from '../../tables/errnos.ts'
import { signalName } from '../values/signal.ts'
import { choice, type Names, names } from './named.ts'
import { hex, i32, long, pointer, printed, u16, u32, x32 } from './scalars.ts'
import { signalNumber } from './signals.ts'
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
  [`${SIGILL}`]: names('OPC=1 OPN ADR TRP', 'ILL_ILL').concat(
    names('PRVOPC=5 PRVREG COPROC BADSTK BADIADDR', 'ILL_'),
  ),
  [`${SIGTRAP}`]: names('BRKPT=1 TRACE BRANCH HWBKPT UNK PERF', 'TRAP_'),
  [`${SIGBUS}`]: names('ADRALN=1 ADRERR OBJERR MCEERR_AR MCEERR_AO', 'BUS_'),
  [`${SIGFPE}`]: names(
    'INTDIV=1 INTOVF FLTDIV FLTOVF FLTUND FLTRES FLTINV FLTSUB FLTUNK=14 CONDTRAP',
    'FPE_',
  ),
  [`${SIGSEGV}`]: names('MAPERR=1 ACCERR BNDERR PKUERR ACCADI ADIDERR ADIPERR MTEAERR MTESERR', 'SEGV_'),
  [`${SIGCHLD}`]: names('EXITED=1 KILLED DUMPED TRAPPED STOPPED CONTINUED', 'CLD_'),
  [`${SIGPOLL}`]: names('IN=1 OUT MSG ERR PRI HUP', 'POLL_'),
  [`${SIGSYS}`]: names('SECCOMP=1 USER_DISPATCH', 'SYS_'),
}
const [SI_USER, SI_TIMER, SI_SIGIO, SI_TKILL] = [0n, -2n, -5n, -6n]
const [LAST_POLL, BNDERR, PKUERR, MCEERR_AR, MCEERR_AO] = [6n, 3n, 4n, 4n, 5n]

type Layout = 'kill' | 'timer' | 'queue' | 'child' | 'fault' | 'poll' | 'sys' | 'nothing'

/** Returns which layout the rest of the struct has. */
function layoutOf(get: Siblings): Layout {
  const [signal, code] = [get('si_signo'), get('si_code')]
  if (code === SI_USER || code === SI_TKILL) return 'kill'
  if (code === SI_TIMER) return 'timer'
  if (code === SI_SIGIO) return 'poll'
  if (code < 0n) return 'queue'
  if (signal === SIGCHLD) return 'child'
  if (signal === SIGPOLL) return code <= LAST_POLL ? 'poll' : 'nothing'
  if (signal === SIGSYS) return 'sys'
  return [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV].includes(signal) ? 'fault' : 'queue'
}

const of = (type: Type, ...layouts: Layout[]) => when(type, get => layouts.includes(layoutOf(get)))
const ofFault = (type: Type, signal: bigint, ...codes: bigint[]) =>
  when(type, get => get('si_signo') === signal && codes.includes(get('si_code')))

/** The code; its names depend on the signal. */
const code: Type = {
  ...i32,
  print(memory, at, get) {
    const value = i32.read(memory, at)
    const known = [...GENERAL, ...(CODES[String(get('si_signo'))] ?? [])].find(
      ([, number]) => BigInt(number) === value,
    )
    return known?.[0] ?? hex(BigInt.asUintN(32, value))
  },
}

/** A number for a child that exited, a signal for one that did not. */
const status: Type = {
  ...i32,
  print: (memory, at, get) =>
    get('si_code') === 1n ? i32.print(memory, at, get) : signalName(Number(i32.read(memory, at))),
}

/** Clock ticks, 100 a second: `7 /* 0.07 s *\/`. */
const ticks = printed(long, value => {
  if (value === 0n) return '0'
  return `${value} /* ${value / 100n}.${String(value % 100n).padStart(2, '0')} s */`
})

const ARCHITECTURES = names(
  'X86_64=0xc000003e I386=0x40000003 AARCH64=0xc00000b7 ARM=0x40000028',
  'AUDIT_ARCH_',
)

const sender = { si_pid: i32, si_uid: u32 }
/** Both readings of what the sender gave with the signal. */
const value = union({ si_int: i32, si_ptr: pointer })

/** An address; what else there is depends on the signal. */
const fault = inline({
  si_addr: pointer,
  _: union({
    si_addr_lsb: ofFault(printed(u16, hex), SIGBUS, MCEERR_AR, MCEERR_AO),
    _bounds: ofFault(inline({ _: pointer, si_lower: pointer, si_upper: pointer }), SIGSEGV, BNDERR),
    _key: ofFault(inline({ _: pointer, si_pkey: u32 }), SIGSEGV, PKUERR),
  }),
})

/** The error number: before the code in memory, shown behind it. */
const errorNumber: Type = {
  size: () => 0,
  align: () => 1,
  isInline: true,
  print(_memory, _at, get) {
    const error = Number(get('_errno'))
    return error === 0 ? '' : `si_errno=${errnoName(error).replace('E_', '')}`
  },
}

const full = struct({
  si_signo: signalNumber,
  _errno: i32,
  si_code: code,
  _error: errorNumber,
  _: union({
    _kill: of(inline(sender), 'kill'),
    _timer: of(inline({ si_timerid: x32, si_overrun: i32, _: value }), 'timer'),
    _queue: of(inline({ ...sender, _: value }), 'queue'),
    _child: of(inline({ ...sender, si_status: status, si_utime: ticks, si_stime: ticks }), 'child'),
    _fault: of(fault, 'fault'),
    _poll: of(inline({ si_band: long, si_fd: i32 }), 'poll'),
    _sys: of(
      inline({
        si_call_addr: pointer,
        si_syscall: i32,
        si_arch: choice(u32, ARCHITECTURES, 'AUDIT_ARCH_???'),
      }),
      'sys',
    ),
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
