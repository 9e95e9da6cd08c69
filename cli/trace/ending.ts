/** How a command ended, and ending as it has. */
import { dieOf } from '../../native/process.ts'

export type Ending = { readonly code: number } | { readonly signal: number }

/** The number that shells add to that of a signal. */
const SIGNALLED = 128

/** From a status of wait(2). */
export function toEnding(status: number): Ending {
  const signal = status & 0x7f
  return signal === 0 ? { code: (status >>> 8) & 0xff } : { signal }
}

/** The exit code for it, once the process has done what it could to end by the signal itself. */
export function endAs(ending: Ending, die: (signal: number) => void = dieOf): number {
  if ('code' in ending) return ending.code
  die(ending.signal)
  return SIGNALLED + ending.signal
}
