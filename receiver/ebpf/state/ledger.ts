/** One look at the kernel: what has begun, the tables, what left them (names first), and the balance. */

import type { Accounting } from '../../../kernel/accounting.ts'
import {
  type CgroupEvents,
  cgroupRecordBytes,
  readBirthOrDeath,
  readRename,
} from '../../../kernel/cgroups/cgroup-record.ts'
import { ANY_NUMBER, FOLDED_OUTCOME, withOutcome } from '../../../syscalls/call.ts'
import { countDroppedEnters } from '../exclusions/exclusions.ts'
import { type Books, balance, readEntries } from './books.ts'
import { DeltaReader, type OwnerOf } from './deltas.ts'
import type { SeriesStore } from './series.ts'
import { SPILLED_REST, SpilledReader } from './spilled.ts'

interface LedgerOptions {
  readonly store: SeriesStore
  readonly ownerOf: OwnerOf
  /** The owner of calls that are known by number only. */
  readonly spilledOwner: number
  readonly cgroups: CgroupEvents
}

/** The kernel side, as far as a ledger asks it. */
export type LedgerSource = Pick<
  Accounting,
  | 'cpus'
  | 'ways'
  | 'latency'
  | 'inflight'
  | 'books'
  | 'spilled'
  | 'dropped'
  | 'takeRecords'
  | 'readTable'
  | 'readCollisions'
>

export class Ledger {
  readonly #accounting: LedgerSource
  readonly #options: LedgerOptions
  readonly #deltas: DeltaReader
  readonly #spilled: SpilledReader
  #beside: ArrayBuffer | undefined

  constructor(accounting: LedgerSource, options: LedgerOptions) {
    this.#accounting = accounting
    this.#options = options
    this.#deltas = new DeltaReader(accounting.cpus, accounting.ways, options.store, options.ownerOf)
    this.#spilled = new SpilledReader(accounting.cpus)
  }

  /** Records that did not follow on the last of their way; see DeltaReader. */
  get outOfOrder(): number {
    return this.#deltas.outOfOrder
  }

  /** Ways of all CPUs that have an owner, as of the last collection. */
  get usedWays(): number {
    return this.#deltas.usedWays
  }

  /** The calls in flight of threads without a slot, as of the last collection; undefined: there were none. Reading them takes long. */
  get beside(): ArrayBuffer | undefined {
    return this.#beside
  }

  /** Takes what the rings hold, so that they do not fill. Cheap when there is nothing. */
  drain(): void {
    const words = this.#accounting.takeRecords()
    // A call may come from another CPU's ring than the birth of its cgroup: births first.
    this.#readCgroups(words)
    this.#readCounters(words)
  }

  /** Brings the store up to date with the kernel and balances the books. `now`: Unix ns. */
  collect(now: bigint): Books {
    const accounting = this.#accounting
    const { store, spilledOwner } = this.#options
    this.#beside = undefined
    const entries = readEntries(accounting.inflight, accounting.books, () => this.#readBeside())
    const table = accounting.readTable()
    // After the copy, so that a counter that left before it was copied is here; one that left after it is here whole, and
    // its way in the copy no longer trusted.
    this.drain()
    this.#deltas.addTable(table)
    this.#spilled.read(accounting.spilled, (abi, number, calls, ns) => {
      const low = number === SPILLED_REST ? ANY_NUMBER : number
      store.addCalls(store.row(spilledOwner, low, withOutcome(abi << 16, FOLDED_OUTCOME)), calls, ns)
    })
    store.newRowsStartAt = now
    const dropped = countDroppedEnters(accounting.dropped)
    const isExact = accounting.latency === 'exact'
    return balance(entries, this.#deltas.totals, this.#spilled.total, accounting.books, isExact, dropped)
  }

  #readBeside(): ArrayBuffer {
    this.#beside = this.#accounting.readCollisions()
    return this.#beside
  }

  #readCgroups(words: Uint32Array): void {
    for (let at = 0; at < words.length; at += recordBytes(words[at]!) / 4) {
      readBirthOrDeath(words, at, this.#options.cgroups)
    }
  }

  #readCounters(words: Uint32Array): void {
    for (let at = 0; at < words.length; at += recordBytes(words[at]!) / 4) {
      if (DeltaReader.recordBytes(words[at]!) !== undefined) this.#deltas.addRecord(words, at)
      // Behind the snapshots of the same ring: those still have the old name.
      else readRename(words, at, this.#options.cgroups)
    }
  }
}

function recordBytes(type: number): number {
  const bytes = DeltaReader.recordBytes(type) ?? cgroupRecordBytes(type)
  if (bytes !== undefined) return bytes
  throw new Error(`ring record: type must be 1 to 6, got ${type}; the BPF object and the layout differ`)
}
