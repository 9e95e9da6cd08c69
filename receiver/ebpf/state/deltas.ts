/**
 * From what the kernel shows to what is new. A counter is seen twice: in the table while it is there, and whole in a ring
 * record when it leaves. Each stay of a key in a way has its own even sequence number, so every call is added exactly once:
 * what is read of a stay is remembered, and subtracted from its record. A way whose number has moved on is not trusted before
 * the record of its last owner has been read.
 */
import {
  recordCallLayout as call,
  recordCounterLayout as counter,
  counterLayout,
  recordHeaderLayout as header,
  LATENCY_SLOTS,
  NO_WAY,
  OUTCOME_ATTACHED,
  OUTCOME_RETURNED,
  RECORD_CALL,
  RECORD_COUNTER,
  RECORD_SNAPSHOT,
  setLayout,
  UNTIMED,
  WAYS,
} from '../../../native/generated/layout.ts'
import { TWO_TO_32 } from '../../../pipeline/data/u64.ts'
import { outcomeOf, withOutcome } from '../../../syscalls/call.ts'
import type { SeriesStore } from './series.ts'

/** A way's first owner; each change of owner adds 2. */
const FIRST_SEQUENCE = 2
const SET_WORDS = setLayout.size / 4
const COUNTER_WORDS = counterLayout.size / 4
const CALLS = counterLayout.calls / 4
const NS = counterLayout.ns / 4
const SEQ = counterLayout.seq / 4
const SLOTS = counterLayout.slots / 4

/** Returns the owner of a cgroup's calls. `low` and `high` are the words of the cgroup id. */
export type OwnerOf = (cgroupLow: number, cgroupHigh: number) => number

/** b - a for two 64-bit counters given as words, when the difference is below 2^53. */
function difference(b: Uint32Array, bAt: number, a: Uint32Array, aAt: number): number {
  return (b[bAt + 1]! - a[aAt + 1]!) * TWO_TO_32 + (b[bAt]! - a[aAt]!)
}

export class DeltaReader {
  readonly #ways: number
  /** Per way: the sequence number that may be trusted. */
  readonly #expected: Uint32Array
  /** Per way: the counter as last read of that stay. */
  readonly #seen: Uint32Array
  /** Per way 1: it changed at the last look, so that a call caught half written may have more to tell. */
  readonly #recent: Uint8Array
  readonly #store: SeriesStore
  readonly #ownerOf: OwnerOf
  /** Calls added so far, by outcome (OUTCOME_*). */
  readonly totals = new Float64Array(8)
  /** Ways of all CPUs that have an owner, as of the last table. */
  usedWays = 0
  /** Records that did not follow on the last of their way: always 0 unless the kernel side is broken. */
  outOfOrder = 0

  /** `ways`: ways per CPU. */
  constructor(cpus: number, ways: number, store: SeriesStore, ownerOf: OwnerOf) {
    this.#ways = ways
    this.#expected = new Uint32Array(cpus * ways).fill(FIRST_SEQUENCE)
    this.#seen = new Uint32Array(cpus * ways * COUNTER_WORDS)
    this.#recent = new Uint8Array(cpus * ways)
    this.#store = store
    this.#ownerOf = ownerOf
  }

  /** Adds what a RECORD_CALL, RECORD_COUNTER or RECORD_SNAPSHOT says; `at` is its first word in `words`. */
  addRecord(words: Uint32Array, at: number): void {
    if (words[at] === RECORD_SNAPSHOT) {
      this.#addSnapshot(words, at)
      return
    }
    const way = words[at + header.way / 4]!
    if (way === NO_WAY) {
      this.#addCall(words, at)
      return
    }
    const index = words[at + header.cpu / 4]! * this.#ways + way
    const seq = words[at + header.seq / 4]!
    if (seq !== this.#expected[index]) {
      this.outOfOrder++
      this.#forget(index)
    }
    if (words[at] === RECORD_COUNTER) this.#addCounter(words, at, index)
    // A way with one call is shown whole or not at all: a record of one that was shown has nothing new.
    else if (!this.#wasShown(index)) this.#addCall(words, at)
    if (this.#wasShown(index)) this.#forget(index)
    this.#expected[index] = seq + 2
  }

  /** Bytes of a record of one of the two types; undefined for any other. */
  static recordBytes(type: number): number | undefined {
    if (type === RECORD_CALL) return call.size
    return type === RECORD_COUNTER || type === RECORD_SNAPSHOT ? counter.size : undefined
  }

  /** Adds what is new in a copy of the table (see copyTable), after all records submitted before the copy were added. */
  addTable(copy: Uint32Array): void {
    let used = 0
    const sets = this.#expected.length / WAYS
    for (let set = 0; set < sets; set++) {
      const start = set * SET_WORDS
      for (let w = 0; w < WAYS; w++) {
        const at = start + setLayout.counters / 4 + w * COUNTER_WORDS
        const seq = copy[at + SEQ]
        // Never owned; or owned 2^31 times, and then read when the owner leaves.
        if (seq === 0) continue
        used++
        if (seq === this.#expected[set * WAYS + w]) this.#addWay(copy, start + 2 * w, at, set * WAYS + w)
      }
    }
    this.usedWays = used
  }

  #addWay(copy: Uint32Array, key: number, at: number, index: number): void {
    const seen = index * COUNTER_WORDS
    const calls = difference(copy, at + CALLS, this.#seen, seen + CALLS)
    // A snapshot that was made after the copy has seen more.
    if ((calls === 0 && this.#recent[index] === 0) || calls < 0) return
    this.#recent[index] = calls === 0 ? 0 : 1
    const ns = difference(copy, at + NS, this.#seen, seen + NS)
    const row = this.#add(copy, key + setLayout.cgroup / 4, key + setLayout.call / 4, calls, ns)
    this.#addSlots(row, copy, at + SLOTS, seen + SLOTS)
    this.#seen.set(copy.subarray(at, at + COUNTER_WORDS), seen)
  }

  #addCall(words: Uint32Array, at: number): void {
    const ns = words[at + call.ns / 4 + 1]! * TWO_TO_32 + words[at + call.ns / 4]!
    const row = this.#add(words, at + call.cgroup / 4, at + call.call / 4, 1, ns)
    const slot = words[at + call.slot / 4]!
    if (slot !== UNTIMED) this.#store.addSlot(row, slot, 1)
  }

  #addCounter(words: Uint32Array, at: number, index: number): void {
    const seen = index * COUNTER_WORDS
    const calls = difference(words, at + counter.calls / 4, this.#seen, seen + CALLS)
    // No new call, but the last look may have caught one half written.
    if (calls === 0 && this.#recent[index] === 0) return
    const ns = difference(words, at + counter.ns / 4, this.#seen, seen + NS)
    const row = this.#add(words, at + counter.cgroup / 4, at + counter.call / 4, calls, ns)
    this.#addSlots(row, words, at + counter.slots / 4, seen + SLOTS)
  }

  /** Adds a snapshot: a counter that is still in the table, as it was a while ago. */
  #addSnapshot(words: Uint32Array, at: number): void {
    const index = words[at + header.cpu / 4]! * this.#ways + words[at + header.way / 4]!
    if (words[at + header.seq / 4] !== this.#expected[index]) return // its record has more, or the last owner's is to come
    const seen = index * COUNTER_WORDS
    const isNew = difference(words, at + counter.calls / 4, this.#seen, seen + CALLS) > 0
    if (!isNew) return
    this.#addCounter(words, at, index)
    this.#seen.set(words.subarray(at + counter.calls / 4, at + counter.ns / 4 + 2), seen + CALLS)
    this.#seen.set(
      words.subarray(at + counter.slots / 4, at + counter.slots / 4 + LATENCY_SLOTS),
      seen + SLOTS,
    )
    this.#recent[index] = 1
  }

  #wasShown(index: number): boolean {
    const seen = index * COUNTER_WORDS
    return this.#seen[seen + CALLS]! + this.#seen[seen + CALLS + 1]! > 0
  }

  #forget(index: number): void {
    this.#seen.fill(0, index * COUNTER_WORDS, (index + 1) * COUNTER_WORDS)
  }

  /** Adds the slots at `at` less those seen at `seen`. Slots are modulo 2^32, and so are differences. */
  #addSlots(row: number, words: Uint32Array, at: number, seen: number): void {
    for (let s = 0; s < LATENCY_SLOTS; s++) {
      const count = (words[at + s]! - this.#seen[seen + s]!) >>> 0
      if (count > 0) this.#store.addSlot(row, s, count)
    }
  }

  /** Adds calls to the row they belong to, and gives the row. Word offsets of the cgroup id and of the call. */
  #add(words: Uint32Array, cgroup: number, key: number, calls: number, ns: number): number {
    let high = words[key + 1]!
    const outcome = outcomeOf(high)
    this.totals[outcome] = this.totals[outcome]! + calls
    // The books tell a call that began before our time from others, users do not.
    if (outcome === OUTCOME_ATTACHED) high = withOutcome(high, OUTCOME_RETURNED)
    const row = this.#store.row(this.#ownerOf(words[cgroup]!, words[cgroup + 1]!), words[key]!, high)
    this.#store.addCalls(row, calls, ns)
    return row
  }
}
