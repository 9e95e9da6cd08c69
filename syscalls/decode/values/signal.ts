/** Numbers of signals. */
import type { Kind } from '../kind.ts'

const NAMES = `
HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM
PROF WINCH IO PWR SYS
`
const names = NAMES.trim().split(/\s+/)
const FIRST_REALTIME = 32
const LAST = 64

/** `SIGTERM`, `SIGRTMIN`, `SIGRT_1`; other numbers stay numbers. */
export function signalName(signal: number): string {
  if (signal >= 1 && signal <= names.length) return `SIG${names[signal - 1]}`
  if (signal === FIRST_REALTIME) return 'SIGRTMIN'
  return signal > FIRST_REALTIME && signal <= LAST ? `SIGRT_${signal - FIRST_REALTIME}` : `${signal}`
}

const signal: Kind = { print: argument => signalName(argument.int) }

export const signals = { signal: () => signal }
