/** The accounting alone, without pipeline or names: what the kernel counted, by cgroup, as plain rows. */

import { Accounting } from '../../kernel/accounting.ts'
import type { Hierarchy } from '../../kernel/object.ts'
import { abisOf, type LatencyMode, type Sizes } from '../../kernel/settings.ts'
import { LATENCY_MIN_EXPONENT, LATENCY_SLOTS } from '../../native/generated/layout.ts'
import type { Books } from '../../receiver/ebpf/state/books.ts'
import { Ledger } from '../../receiver/ebpf/state/ledger.ts'
import { SeriesStore } from '../../receiver/ebpf/state/series.ts'
import { abiOf, OUTCOME_NAMES } from '../../syscalls/call.ts'
import { errnoName } from '../../syscalls/tables/errnos.ts'
import { syscallName } from '../../syscalls/tables/syscalls.ts'

export type Latency = LatencyMode

/** One series. Null is the usual: native ABI, no error, a call that returned. Buckets by OTLP index, scale 0. */
export interface AccountingRow {
  readonly cgroup: bigint
  readonly syscall: string
  readonly abi: string | null
  readonly error: string | null
  readonly outcome: string | null
  readonly calls: number
  readonly timedCalls: number
  readonly ns: number
  readonly buckets: ReadonlyMap<number, number>
}

/** Books as tests want them: only losses that happened, and the balance as an integer. */
interface HarnessBooks extends Omit<Books, 'lost' | 'unaccounted'> {
  readonly lost: Readonly<Record<string, number>>
  readonly unaccounted: bigint
  readonly outOfOrder: number
}

interface HarnessOptions {
  readonly latency: Latency
  /** Absent: cgroup v2. */
  readonly hierarchy?: Hierarchy
  /** Sizes that differ from the defaults. */
  readonly sizes?: Partial<Sizes>
  /** Size of the queue between drain thread and event loop; absent: 64 MiB. */
  readonly queueBytes?: number
}

const ABIS = abisOf(process.arch)
/** Time between the receiver's looks. */
const DRAIN_MS = 100
/** Owner 0 has what is known by number only; no cgroup has id 0. */
const SPILLED = 0
const DEFAULT_SIZES: Sizes = { setsPerCpu: 512, ringBytes: 256 * 1024, inflightSlots: 16_384 }

export class AccountingHarness implements AsyncDisposable {
  readonly accounting: Accounting
  readonly #store = new SeriesStore(4_000_000)
  readonly #ledger: Ledger
  readonly #cgroups: bigint[] = [0n]
  readonly #owners = new Map<bigint, number>()
  readonly #timer: NodeJS.Timeout
  /** Cgroups the kernel said were born, with their names, and how many died. */
  readonly born = new Map<bigint, string>()
  died = 0
  #books: Books | undefined

  constructor({ latency, hierarchy, sizes, queueBytes = 64 << 20 }: HarnessOptions) {
    this.accounting = new Accounting({
      latency,
      sizes: { ...DEFAULT_SIZES, ...sizes },
      hierarchy: hierarchy ?? { subsystem: -1, id: 0 },
      queueBytes,
      arch: process.arch,
    })
    this.#ledger = new Ledger(this.accounting, {
      store: this.#store,
      ownerOf: (low, high) => this.#ownerOf((BigInt(high) << 32n) | BigInt(low)),
      spilledOwner: SPILLED,
      cgroups: {
        birth: (key, { name }) => this.born.set(BigInt(key), name),
        rename: () => {},
        death: () => this.died++,
      },
    })
    this.#timer = setInterval(() => this.#ledger.drain(), DRAIN_MS)
  }

  /** All rows, cumulative since the start. */
  async collect(): Promise<AccountingRow[]> {
    this.#books = this.#ledger.collect(BigInt(Date.now()) * 1_000_000n)
    return Array.from({ length: this.#store.rows }, (_, row) => this.#toRow(row))
  }

  /** Returns the books of the last collection. */
  books(): HarnessBooks {
    if (!this.#books) throw new Error('collect() before books()')
    const lost = Object.fromEntries(Object.entries(this.#books.lost).filter(([, count]) => count > 0))
    const unaccounted = BigInt(this.#books.unaccounted ?? 0)
    return { ...this.#books, lost, unaccounted, outOfOrder: this.#ledger.outOfOrder }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.accounting.close()
  }

  #ownerOf(cgroup: bigint): number {
    let owner = this.#owners.get(cgroup)
    if (owner === undefined) {
      owner = this.#cgroups.push(cgroup) - 1
      this.#owners.set(cgroup, owner)
    }
    return owner
  }

  #toRow(row: number): AccountingRow {
    const store = this.#store
    const high = store.callHigh[row]!
    const abi = ABIS[abiOf(high)]!
    const error = high & 0xffff
    const buckets = new Map<number, number>()
    for (let s = 0; s < LATENCY_SLOTS; s++) {
      const count = store.slot(row, s)
      if (count > 0) buckets.set(s + LATENCY_MIN_EXPONENT, count)
    }
    return {
      cgroup: this.#cgroups[store.owner[row]!]!,
      syscall: syscallName(abi, store.callLow[row]!),
      abi: abi === ABIS[0] ? null : abi,
      error: error === 0 ? null : errnoName(error),
      outcome: OUTCOME_NAMES[high >>> 24] ?? null,
      calls: Number(store.calls[row]),
      timedCalls: [...buckets.values()].reduce((a, b) => a + b, 0),
      ns: Number(store.ns[row]),
      buckets,
    }
  }
}

/** Starts accounting by cgroup v2, unless the options name another hierarchy. */
export async function startAccounting(options: HarnessOptions): Promise<AccountingHarness> {
  return new AccountingHarness(options)
}
