/** Histograms and courses of chosen groups, so few at a time that any number of them fits. */
import { EXPONENTS, type Segment } from '../ring/segment.ts'
import type { Scan } from './scan.ts'
import { type GroupSums, MOST_HISTOGRAMS } from './sums.ts'
import type { Window } from './window.ts'

const NONE = -1

interface Chunk {
  /** Groups `from` up to but not including `to` of those chosen; group i has `counts` from (i - from) × EXPONENTS. */
  readonly from: number
  readonly to: number
  readonly counts: Float64Array
}

/** Rows that have been added up. */
export interface Summed {
  readonly scan: Scan
  readonly sums: GroupSums
}

/** Calls `read` with the histograms of the chosen groups, chunk by chunk. */
export async function readHistograms(
  { scan, sums }: Summed,
  chosen: Uint32Array,
  read: (chunk: Chunk) => void,
): Promise<void> {
  if (sums.histograms) return pickHistograms(sums.histograms, chosen, read)
  const places = new Int32Array(scan.groups.size)
  for (let from = 0; from < chosen.length; from += MOST_HISTOGRAMS) {
    const to = Math.min(from + MOST_HISTOGRAMS, chosen.length)
    const counts = new Float64Array((to - from) * EXPONENTS)
    places.fill(NONE)
    for (let i = from; i < to; i++) places[chosen[i]!] = i - from
    await scan.rows((group, segment, row) => {
      const place = places[group]!
      if (place !== NONE) segment.addHistogram(row, counts, place * EXPONENTS)
    })
    read({ from, to, counts })
  }
}

function pickHistograms(all: Float64Array, chosen: Uint32Array, read: (chunk: Chunk) => void): void {
  const counts = new Float64Array(chosen.length * EXPONENTS)
  chosen.forEach((group, i) => {
    counts.set(all.subarray(group * EXPONENTS, (group + 1) * EXPONENTS), i * EXPONENTS)
  })
  read({ from: 0, to: chosen.length, counts })
}

/** Parts of equal length of a window, and how much of a segment each has. */
export class Parts {
  readonly #window: Window
  readonly #lengthMs: number
  readonly count: number

  constructor(window: Window, count: number) {
    this.#window = window
    this.count = count
    this.#lengthMs = Math.max(1, window.endMs - window.startMs) / count
  }

  startOf(part: number): number {
    return this.#window.startMs + part * this.#lengthMs
  }

  /** Pairs of a part and the share of the segment's time that it has; the shares are 1 together. */
  sharesOf({ startMs, endMs }: Segment): [part: number, share: number][] {
    const spanMs = endMs - startMs
    const partOf = (ms: number) => {
      const part = Math.floor((ms - this.#window.startMs) / this.#lengthMs)
      return Math.min(Math.max(part, 0), this.count - 1)
    }
    const [first, last] = [partOf(startMs), partOf(endMs)]
    if (first === last || spanMs <= 0) return [[last, 1]]
    const shares: [number, number][] = []
    for (let part = first; part <= last; part++) {
      const from = Math.max(startMs, this.startOf(part))
      const to = part === last ? endMs : Math.min(endMs, this.startOf(part + 1))
      if (to > from) shares.push([part, (to - from) / spanMs])
    }
    return shares
  }
}
