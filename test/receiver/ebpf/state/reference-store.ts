/** The store as one would write it without a thought for speed: a Map of BigInts. */
import { LATENCY_SLOTS } from '../../../../native/generated/layout.ts'
import type { SeriesStore } from '../../../../receiver/ebpf/state/series.ts'
import { ANY_NUMBER, FOLDED_OUTCOME, withOutcome } from '../../../../syscalls/call.ts'

/** Owner, number, and the high word of the call. */
type SeriesKey = readonly [owner: number, low: number, high: number]

interface Series {
  readonly key: SeriesKey
  calls: bigint
  ns: bigint
  start: bigint
  readonly slots: bigint[]
}

/** Series in the order of their rows, as one compares them. */
type Listing = Readonly<Record<string, string>>

const MODULUS = 1n << 64n

export class ReferenceStore {
  readonly #maxRows: number
  readonly #maxRowsPerOwner: number
  readonly #series = new Map<string, Series>()
  newRowsStartAt = 0n
  folded = 0

  constructor(maxRows: number, maxRowsPerOwner: number) {
    this.#maxRows = maxRows
    this.#maxRowsPerOwner = maxRowsPerOwner
  }

  add(key: SeriesKey, calls: number, ns: number, slot: number, count: number): void {
    const series = this.#find(key)
    series.calls += BigInt(calls)
    series.ns += BigInt(ns)
    series.slots[slot] = series.slots[slot]! + BigInt(count)
  }

  moveOwners(moves: ReadonlyMap<number, number>): void {
    for (const from of [...this.#series.values()]) {
      const owner = moves.get(from.key[0])
      if (owner === undefined) continue
      const to = this.#find([owner, from.key[1], from.key[2]])
      to.calls += from.calls
      to.ns += from.ns
      from.slots.forEach((count, s) => {
        to.slots[s] = to.slots[s]! + count
      })
      if (from.start < to.start) to.start = from.start
    }
    this.removeOwners(owner => moves.has(owner))
  }

  removeOwners(isGone: (owner: number) => boolean): void {
    for (const [name, { key }] of this.#series) if (isGone(key[0])) this.#series.delete(name)
  }

  read(): Listing {
    return Object.fromEntries([...this.#series.values()].map(toEntry))
  }

  #hasRoom(owner: number): boolean {
    const own = [...this.#series.values()].filter(({ key }) => key[0] === owner).length
    return this.#series.size < this.#maxRows && own < this.#maxRowsPerOwner
  }

  #find(key: SeriesKey): Series {
    const found = this.#series.get(key.join())
    if (found) return found
    const [owner, , high] = key
    if (!this.#hasRoom(owner) && high >>> 24 !== FOLDED_OUTCOME) {
      this.folded++
      return this.#find([owner, ANY_NUMBER, withOutcome(0, FOLDED_OUTCOME)])
    }
    const slots = Array.from({ length: LATENCY_SLOTS }, () => 0n)
    const series = { key, calls: 0n, ns: 0n, start: this.newRowsStartAt, slots }
    this.#series.set(key.join(), series)
    return series
  }
}

/** The same listing of a real store. */
export function readStore(store: SeriesStore): Listing {
  return Object.fromEntries(
    Array.from({ length: store.rows }, (_, row) =>
      toEntry({
        key: [store.owner[row]!, store.callLow[row]!, store.callHigh[row]!],
        calls: store.calls[row]!,
        ns: store.ns[row]!,
        start: store.startTimeUnixNano[row]!,
        slots: Array.from({ length: LATENCY_SLOTS }, (_, s) => BigInt(store.slot(row, s))),
      }),
    ),
  )
}

function toEntry({ key, calls, ns, start, slots }: Series): [string, string] {
  return [key.join(), `${calls % MODULUS} calls, ${ns % MODULUS} ns, from ${start}, ${slots.join()}`]
}
