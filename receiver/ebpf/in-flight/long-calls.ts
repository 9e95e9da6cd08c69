/** Finds the calls that have been in flight for long, in the memory that the kernel is writing. */

import { type CgroupKey, cgroupKey } from '../../../kernel/cgroups/cgroup-key.ts'
import * as layout from '../../../native/generated/layout.ts'
import { TWO_TO_32 } from '../../../pipeline/data/u64.ts'

const { inflightLayout } = layout
export const SLOT_WORDS = inflightLayout.size / 4
const TID = inflightLayout.owner / 4
/** The owner's high word. */
const STATE = TID + 1
const CALL = inflightLayout.call / 4
const START = inflightLayout.startNs / 4
const ENTERS = inflightLayout.enters / 4
const CGROUP = inflightLayout.cgroup / 4

/** Threads of one cgroup that are in the same system call for long. */
interface LongCalls {
  readonly cgroup: CgroupKey
  /** The two words of the call, as in a key: see syscalls/call.ts. */
  readonly low: number
  readonly high: number
  calls: number
  /** Since when, on the kernel's monotonic clock; of an older call: since it was found. */
  oldestNs: number
}

interface InFlightMemory {
  /** Live, one `struct swoll_inflight` per slot, as words. */
  readonly inflight: Uint32Array
  /** The same of threads without a slot, each after its 4-byte key. Absent: there are none. */
  readonly beside?: ArrayBuffer | undefined
}

export function isInCall(state: number): boolean {
  return state === layout.IN_CALL || state === layout.IN_OLD_CALL
}

/**
 * The calls in flight that began at `latestNs` or before, by cgroup and call. A thread says that it is in a call a moment before it says
 * since when, and between the two the time is that of its call before. So all slots are looked at twice, and what has changed is left out.
 */
export function findLongCalls({ inflight, beside }: InFlightMemory, latestNs: number): LongCalls[] {
  const found = new Found()
  const seen: Seen[] = []
  for (let at = 0; at + SLOT_WORDS <= inflight.length; at += SLOT_WORDS) {
    const one = isInCall(inflight[at + STATE]!) ? look(inflight, at) : undefined
    if (one && one.startNs <= latestNs) seen.push(one)
  }
  for (const one of seen) {
    const calls = readCalls(inflight, one.at)
    if (isAsSeen(inflight, one)) found.add(calls, one.startNs)
  }
  // What is beside the slots is written whole, and so read.
  const entries = new Uint32Array(beside ?? new ArrayBuffer(0))
  for (let at = 1; at + SLOT_WORDS <= entries.length; at += SLOT_WORDS + 1) {
    const { startNs } = look(entries, at)
    if (isInCall(entries[at + STATE]!) && startNs <= latestNs) found.add(readCalls(entries, at), startNs)
  }
  return found.all
}

/** What another call of the thread, or another thread, would have another of. */
interface Seen {
  readonly at: number
  readonly tid: number
  readonly enters: number
  readonly startNs: number
}

function look(words: Uint32Array, at: number): Seen {
  const startNs = words[at + START + 1]! * TWO_TO_32 + words[at + START]!
  return { at, tid: words[at + TID]!, enters: words[at + ENTERS]!, startNs }
}

function isAsSeen(inflight: Uint32Array, { at, tid, enters, startNs }: Seen): boolean {
  const now = look(inflight, at)
  return (
    isInCall(inflight[at + STATE]!) && now.tid === tid && now.enters === enters && now.startNs === startNs
  )
}

type Key = Pick<LongCalls, 'cgroup' | 'low' | 'high'>

function readCalls(words: Uint32Array, at: number): Key {
  const cgroup = cgroupKey(words[at + CGROUP]!, words[at + CGROUP + 1]!)
  return { cgroup, low: words[at + CALL]!, high: words[at + CALL + 1]! }
}

class Found {
  readonly all: LongCalls[] = []
  readonly #byCgroup = new Map<CgroupKey, Map<number, LongCalls>>()

  add(key: Key, startNs: number): void {
    const calls = this.#of(key)
    calls.calls++
    calls.oldestNs = Math.min(calls.oldestNs, startNs)
  }

  #of({ cgroup, low, high }: Key): LongCalls {
    const byCall = this.#byCgroup.get(cgroup) ?? new Map<number, LongCalls>()
    this.#byCgroup.set(cgroup, byCall)
    const key = high * TWO_TO_32 + low
    const known = byCall.get(key)
    if (known) return known
    const calls = { cgroup, low, high, calls: 0, oldestNs: Number.POSITIVE_INFINITY }
    byCall.set(key, calls)
    this.all.push(calls)
    return calls
  }
}
