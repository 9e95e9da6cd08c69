import { DROPPED, type Measurements, type MergePart } from '../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { overflowOf } from '../../pipeline/data/overflow.ts'

/** Owner number of the overflow series of all resources together. */
export const ALL = 0

/** One overflow series. */
export interface OverflowSeries {
  readonly owner: number
  readonly resource: Resource
  /** Where it stands among the overflow series, from 0. */
  slot: number
  /** Unix ns, set with its first batch and constant from then on, lest a reader take it for a restart. */
  start: bigint | undefined
  /** Its resource is gone: this batch is its last. */
  isEnding: boolean
  /** Histogram sums as last sent, in the order of the columns. */
  sums: readonly number[]
}

/**
 * The overflow series of one stream, and the part of their totals that no live series backs: what has ended or begun
 * anew, less what was already sent under a name of its own. One row per overflow series, however much goes in.
 */
export class Overflow {
  #series: OverflowSeries[] = []
  readonly #byOwner: (OverflowSeries | undefined)[] = []
  #carried: Measurements | undefined

  /** In the order of their slots. */
  get series(): readonly OverflowSeries[] {
    return this.#series
  }

  has(owner: number): boolean {
    return this.#byOwner[owner] !== undefined
  }

  /** Opens the series of an owner, unless it is open. */
  open(owner: number, resource: Resource): void {
    if (this.has(owner)) return
    const series: OverflowSeries = {
      owner,
      resource: owner === ALL ? overflowOf(resource) : resource,
      slot: this.#series.length,
      start: undefined,
      isEnding: false,
      sums: [],
    }
    this.#series.push(series)
    this.#byOwner[owner] = series
  }

  /** The slot of an owner that has a series. */
  slotOf(owner: number): number {
    return this.#byOwner[owner]!.slot
  }

  /** The resource of the owner is gone. True when it has an overflow series. */
  end(owner: number): boolean {
    const series = this.#byOwner[owner]
    if (series) series.isEnding = true
    return series !== undefined
  }

  /** Adds rows to what is carried; their targets are slots. */
  carry(parts: readonly MergePart[]): void {
    if (parts.length > 0) this.#carried = mergeRows([...this.parts(0), ...parts], this.#series.length)
  }

  /** What is carried, as part of a table in which slot 0 is at row `shift`. */
  parts(shift: number): MergePart[] {
    if (!this.#carried) return []
    const target = Uint32Array.from({ length: this.#carried.rows }, (_, slot) => slot + shift)
    return [{ from: this.#carried, target }]
  }

  /** Lets the series that are ending go, with what is carried for them. */
  dropEnded(): void {
    const left = this.#series.filter(series => !series.isEnding)
    if (left.length === this.#series.length) return
    const target = new Uint32Array(this.#series.length).fill(DROPPED)
    left.forEach((series, slot) => {
      target[series.slot] = slot
      series.slot = slot
    })
    for (const series of this.#series) if (series.isEnding) this.#byOwner[series.owner] = undefined
    if (this.#carried) this.#carried = mergeRows([{ from: this.#carried, target }], left.length)
    this.#series = left
  }
}
