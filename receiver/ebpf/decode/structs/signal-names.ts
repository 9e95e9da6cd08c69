/** Names of signals, and sets of them. */
import { names } from './named.ts'
import { i32, printed } from './scalars.ts'
import type { Type } from './type.ts'

const SIGNALS = `
  HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ
  VTALRM PROF WINCH IO PWR SYS
`
  .trim()
  .split(/\s+/)
const FIRST_REALTIME = 32

/** `SIGTERM`, or the number of what is no signal. */
export function signalText(signal: number): string {
  return nameOf(signal) ?? String(signal)
}

/** `SIGTERM`, `SIGRT_1`; undefined for what is no signal. */
function nameOf(signal: number): string | undefined {
  if (signal >= FIRST_REALTIME && signal <= 64) return signal === FIRST_REALTIME ? 'SIGRTMIN' : `SIGRT_${signal - FIRST_REALTIME}`
  const name = SIGNALS[signal - 1]
  return name === undefined ? undefined : `SIG${name}`
}

/** A signal number: `SIGTERM`, or the number. */
export const signalNumber = printed(i32, value => signalText(Number(value)))

/** `[INT TERM]`, or `~[KILL]` when more than half are in the set. */
export function signalSet(bits: bigint, bytes: number): string {
  const count = bytes * 8
  const members = Array.from({ length: count }, (_, i) => i).filter(i => (bits >> BigInt(i)) & 1n)
  const isInverted = members.length * 3 >= count * 2
  const shown = isInverted ? Array.from({ length: count }, (_, i) => i).filter(i => !members.includes(i)) : members
  const texts = shown.map(i => nameOf(i + 1)?.slice(3) ?? String(i + 1))
  return `${isInverted ? '~' : ''}[${texts.join(' ')}]`
}
