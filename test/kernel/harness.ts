/** The accounting alone, without pipeline or names: what the kernel counted, by cgroup, as plain rows. */
import { LATENCY_MIN_EXPONENT, LATENCY_SLOTS } from '../../native/generated/layout.ts'
import { Accounting } from '../../receiver/ebpf/kernel/accounting.ts'
import { abisOf, defaultSizes, type LatencyMode } from '../../receiver/ebpf/kernel/settings.ts'
import type { Books } from '../../receiver/ebpf/state/books.ts'
import { OUTCOME_NAMES } from '../../receiver/ebpf/state/call.ts'
import { Ledger } from '../../receiver/ebpf/state/ledger.ts'
import { SeriesStore } from '../../receiver/ebpf/state/series.ts'
import { errnoName } from '../../receiver/ebpf/tables/errnos.ts'
import { syscallName } from '../../receiver/ebpf/tables/syscalls.ts'

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
export interface HarnessBooks extends Omit<Books, 'lost' | 'unaccounted'> {
  readonly lost: Readonly<Record<string, number>>
  readonly unaccounted: bigint
  readonly outOfOrder: number
}

const ABIS = abisOf(process.arch)
/** As often as the receiver looks. */
const DRAIN_MS = 100
/** Owner 0 has what is known by number only; no cgroup has id 0. */
const SPILLED = 0

export class AccountingHarness implements AsyncDisposable {
  readonly accounting: Accounting
  readonly #store = new SeriesStore(4_000_000)
  readonly #ledger: Ledger
  readonly #cgroups: bigint[] = [0n]
  readonly #owners = new Map<bigint, number>()
  readonly #timer: NodeJS.Timeout
  /** Cgroups the kernel said were born, with their paths, and how many died. */
  readonly born = new Map<bigint, string | undefined>()
  died = 0
  #books: Books | undefined

  constructor(latency: Latency) {
    this.accounting = new Accounting({
      latency,
      sizes: defaultSizes(),
      hierarchy: { subsystem: -1, id: 0 },
      queueBytes: 64 << 20,
      arch: process.arch,
    })
    this.#ledger = new Ledger(this.accounting, {
      store: this.#store,
      ownerOf: (low, high) => this.#ownerOf((BigInt(high) << 32n) | BigInt(low)),
      spilledOwner: SPILLED,
      cgroups: {
        born: (id, path) => this.born.set(id, path),
        died: () => this.died++,
      },
    })
    this.#timer = setInterval(() => this.#ledger.drain(), DRAIN_MS)
  }

  /** All rows, cumulative since the start. */
  async collect(): Promise<AccountingRow[]> {
    this.#books = this.#ledger.collect(BigInt(Date.now()) * 1_000_000n)
    const rows = Array.from({ length: this.#store.rows }, (_, row) => this.#toRow(row))
    // A call in flight at attach time is one that returned, once it has; the kernel tells them apart, users do not.
    return mergeEqual(rows)
  }

  /** As of the last collect. */
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
    const abi = ABIS[(high >>> 16) & 0xff]!
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

export async function startAccounting(options: { latency: Latency }): Promise<AccountingHarness> {
  return new AccountingHarness(options.latency)
}

function mergeEqual(rows: readonly AccountingRow[]): AccountingRow[] {
  const merged = new Map<string, AccountingRow>()
  for (const row of rows) {
    const key = [row.cgroup, row.syscall, row.abi, row.error, row.outcome].join()
    const other = merged.get(key)
    merged.set(key, other ? add(row, other) : row)
  }
  return [...merged.values()]
}

function add(a: AccountingRow, b: AccountingRow): AccountingRow {
  const buckets = new Map(a.buckets)
  for (const [index, count] of b.buckets) buckets.set(index, (buckets.get(index) ?? 0) + count)
  return { ...a, calls: a.calls + b.calls, timedCalls: a.timedCalls + b.timedCalls, ns: a.ns + b.ns, buckets }
}
