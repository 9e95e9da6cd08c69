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

/** Calls `read` with the histograms of the chosen groups, chunk by chunk. Resolves with that of all groups together. */
export async function readHistograms(
  { scan, sums }: Summed,
  chosen: Uint32Array,
  read: (chunk: Chunk) => void,
): Promise<Float64Array> {
  if (sums.histograms) return pickHistograms(sums.histograms, chosen, read)
  const total = new Float64Array(EXPONENTS)
  const places = new Int32Array(scan.groups.size)
  for (let from = 0; from === 0 || from < chosen.length; from += MOST_HISTOGRAMS) {
    const to = Math.min(from + MOST_HISTOGRAMS, chosen.length)
    const counts = new Float64Array((to - from) * EXPONENTS)
    places.fill(NONE)
    for (let i = from; i < to; i++) places[chosen[i]!] = i - from
    await scan.rows((group, segment, row) => {
      if (from === 0) segment.addHistogram(row, total, 0)
      const place = places[group]!
      if (place !== NONE) segment.addHistogram(row, counts, place * EXPONENTS)
    })
    read({ from, to, counts })
  }
  return total
}

function pickHistograms(all: Float64Array, chosen: Uint32Array, read: (chunk: Chunk) => void): Float64Array {
  const counts = new Float64Array(chosen.length * EXPONENTS)
  chosen.forEach((group, i) => {
    counts.set(all.subarray(group * EXPONENTS, (group + 1) * EXPONENTS), i * EXPONENTS)
  })
  read({ from: 0, to: chosen.length, counts })
  const total = new Float64Array(EXPONENTS)
  for (let i = 0; i < all.length; i++) total[i % EXPONENTS]! += all[i]!
  return total
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

/** Calls and errors of the first groups chosen, over the window: two numbers for each part, group after group. */
export async function readCourses(scan: Scan, chosen: Uint32Array, parts: Parts): Promise<Float64Array> {
  const { kindOf } = scan.asked
  const courses = new Float64Array(chosen.length * parts.count * 2)
  const places = new Int32Array(scan.groups.size).fill(NONE)
  for (let i = 0; i < chosen.length; i++) places[chosen[i]!] = i
  let shares: [number, number][] = []
  await scan.rows(
    (group, segment, row, kind) => {
      const place = places[group]!
      if (place === NONE) return
      const calls = segment.calls(row)
      const isError = kindOf[kind]!.isError
      for (const [part, share] of shares) {
        const at = 2 * (place * parts.count + part)
        courses[at]! += calls * share
        if (isError) courses[at + 1]! += calls * share
      }
    },
    segment => {
      shares = parts.sharesOf(segment)
    },
  )
  return courses
}
