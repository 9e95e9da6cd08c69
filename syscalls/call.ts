/** The two words of a call key (bpf/accounting.h): number; errno | abi << 16 | outcome << 24. */
import * as layout from '../native/generated/layout.ts'

/** `syscall.outcome` by code; normal outcomes have no name. */
export const OUTCOME_NAMES: Readonly<Record<number, string | undefined>> = {
  [layout.OUTCOME_RESTARTED]: 'restarted',
  [layout.OUTCOME_DENIED]: 'denied',
  [layout.OUTCOME_KILLED]: 'killed',
  [layout.OUTCOME_NO_RETURN]: 'no_return',
}

/** Returns the errno in the high word of a call; 0 without an error. */
export function errorOf(high: number): number {
  return high & 0xffff
}

/** ABI code (ABI_*) in the high word of a call. */
export function abiOf(high: number): number {
  return (high >>> 16) & 0xff
}

/** Outcome code (OUTCOME_*) in the high word of a call. */
export function outcomeOf(high: number): number {
  return high >>> 24
}

/** The same high word with another outcome. */
export function withOutcome(high: number, outcome: number): number {
  return ((high & 0xffffff) | (outcome << 24)) >>> 0
}

/** The outcome of rows into which others were folded. The kernel never gives this code. */
export const FOLDED_OUTCOME = 0xff
/** Number of a folded row that stands for more than one syscall. */
export const ANY_NUMBER = 0xffffffff
