/** Names of signals, and sets of them. */
import { signalName } from '../values/signal.ts'
import { i32, printed } from './scalars.ts'

/** A signal number: `SIGTERM`, or the number. */
export const signalNumber = printed(i32, value => signalName(Number(value)))

/** `[INT TERM]`, or `~[KILL]` when about two thirds are in the set. */
export function signalSet(bits: bigint, bytes: number): string {
  const count = bytes * 8
  const members = Array.from({ length: count }, (_, i) => i).filter(i => (bits >> BigInt(i)) & 1n)
  const isInverted = members.length >= Math.floor((count * 2) / 3)
  const shown = isInverted
    ? Array.from({ length: count }, (_, i) => i).filter(i => !members.includes(i))
    : members
  const texts = shown.map(i => signalName(i + 1).replace(/^SIG/, ''))
  return `${isInverted ? '~' : ''}[${texts.join(' ')}]`
}
