/**
 * The books: what entered the kernel against what came out. Every enter must be a counted call, a call still in flight, or a
 * loss with a reason; what is none of these is `unaccounted`.
 */
import * as layout from '../../../native/generated/layout.ts'
import { REASONS } from '../../../native/generated/layout.ts'
import { TWO_TO_32 } from '../../../pipeline/data/u64.ts'
import { isInCall, SLOT_WORDS } from '../in-flight/long-calls.ts'

export interface Books {
  /** sys_enter events, and calls that were in flight when the programs were attached. 0 unless latency is exact. */
  readonly enters: number
  readonly attached: number
  readonly inFlight: number
  /** Calls by how they ended. `returned` includes those that were in flight at attach time. */
  readonly returned: number
  readonly restarted: number
  readonly killed: number
  readonly noReturn: number
  /** sys_exit without sys_enter. */
  readonly denied: number
  /** sys_exit of new children: not calls. */
  readonly childReturns: number
  /** Calls counted by number only. */
  readonly spilled: number
  /** Calls with an enter that the kernel left out by a rule. */
  readonly dropped: number
  /** Events that are not where they should be, by reason name. */
  readonly lost: Readonly<Record<string, number>>
  /** Threads whose in-flight slot another thread owned, per enter. */
  readonly inflightCollisions: number
  /** Enters that are found nowhere: 0. Undefined unless latency is exact. */
  readonly unaccounted: number | undefined
}

/** The calls that have begun, as of one look: sys_enter events, calls that were there before them, and those of both that have not ended yet. */
export interface Entries {
  readonly enters: number
  readonly attached: number
  readonly inFlight: number
}

const ENTERS = layout.inflightLayout.enters / 4
/** The owner's high word. */
const STATE = layout.inflightLayout.owner / 4 + 1
const BOOK_WORDS = layout.booksLayout.size / 8

/** Adds up one field of all CPUs' books. `offset` in bytes. */
function sumBooks(books: BigUint64Array, offset: number): number {
  let sum = 0n
  for (let at = offset / 8; at < books.length; at += BOOK_WORDS) sum += books[at]!
  // One CPU may have taken back what another one counted.
  return Number(BigInt.asIntN(64, sum))
}

/**
 * Reads the in-flight table and, where threads had to share slots, the entries beside it. What a thread has begun is read
 * before what it is doing: a call that begins in between is in flight too many, never an enter too many.
 */
export function readEntries(
  inflight: Uint32Array,
  books: BigUint64Array,
  readCollisions: () => ArrayBuffer,
): Entries {
  const attached = sumBooks(books, layout.booksLayout.attached)
  let enters = sumBooks(books, layout.booksLayout.enters)
  let inFlight = 0
  for (let at = 0; at + SLOT_WORDS <= inflight.length; at += SLOT_WORDS) {
    enters += inflight[at + ENTERS]! + inflight[at + ENTERS + 1]! * TWO_TO_32
    if (isInCall(inflight[at + STATE]!)) inFlight++
  }
  if (
    sumBooks(books, layout.booksLayout.inflightCollisions) > 0 ||
    inFlight === inflight.length / SLOT_WORDS
  ) {
    const entries = new Uint32Array(readCollisions())
    for (let at = 1; at < entries.length; at += SLOT_WORDS + 1) if (isInCall(entries[at + STATE]!)) inFlight++
  }
  return { enters, attached, inFlight }
}

/**
 * Balances. `entries` were read before `totals` (calls by outcome), so a call that ended between the two makes the balance
 * positive on the good side only: a shortfall is real.
 */
export function balance(
  entries: Entries,
  totals: Float64Array,
  spilled: number,
  books: BigUint64Array,
  isExact: boolean,
  dropped = 0,
): Books {
  const lost: Record<string, number> = {}
  for (const { id, name } of REASONS) lost[name] = sumBooks(books, layout.booksLayout.lost + 8 * id)
  const returned = totals[layout.OUTCOME_RETURNED]! + totals[layout.OUTCOME_ATTACHED]!
  const ended =
    returned +
    totals[layout.OUTCOME_RESTARTED]! +
    totals[layout.OUTCOME_KILLED]! +
    totals[layout.OUTCOME_NO_RETURN]!
  // Calls whose begin was seen and forgotten; those of the second kind are counted as denied, which have no enter.
  const excused = (lost.exit_missed ?? 0) + (lost.inflight_full ?? 0)
  const missing = entries.enters + entries.attached - entries.inFlight - ended - spilled - dropped - excused
  return {
    ...entries,
    returned,
    restarted: totals[layout.OUTCOME_RESTARTED]!,
    killed: totals[layout.OUTCOME_KILLED]!,
    noReturn: totals[layout.OUTCOME_NO_RETURN]!,
    denied: totals[layout.OUTCOME_DENIED]!,
    childReturns: sumBooks(books, layout.booksLayout.childReturns),
    spilled,
    dropped,
    lost,
    inflightCollisions: sumBooks(books, layout.booksLayout.inflightCollisions),
    unaccounted: isExact ? Math.max(0, missing) : undefined,
  }
}
