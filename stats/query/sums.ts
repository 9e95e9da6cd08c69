/** Sums of the rows of each group. */
import type { StatsNumbers } from '../api/table.ts'
import { free } from '../free.ts'
import type { CallKind } from '../intake/calls.ts'
import { EXPONENTS, type Segment } from '../ring/segment.ts'
import type { Scan } from './scan.ts'

export const SUMMED = ['calls', 'errors', 'trouble', 'time', 'working'] as const
type Summed = (typeof SUMMED)[number]
export type Sums = Readonly<Record<Summed, number>>

const FIRST_CAPACITY = 1024
/** 2 MiB of histograms. With more groups, those that are asked for are read afterwards. */
export const MOST_HISTOGRAMS = 4096

/** Of a kind of call. */
const ERROR = 1
const TROUBLE = 2
const WAITING = 4

function toFlags(kind: CallKind | undefined): number {
  if (kind === undefined) return 0
  return (kind.isError ? ERROR : 0) | (kind.isTrouble ? TROUBLE : 0) | (kind.isWaiting ? WAITING : 0)
}

/** A column for each sum, a place for each group. */
export class GroupSums {
  #columns = Object.fromEntries(SUMMED.map(name => [name, new Float64Array(FIRST_CAPACITY)])) as Record<
    Summed,
    Float64Array<ArrayBuffer>
  >
  groups = 0
  /** Of all groups: group g has EXPONENTS counts from g × EXPONENTS. Undefined: there are too many groups. */
  histograms: Float64Array<ArrayBuffer> | undefined = new Float64Array(0)

  /** Of all rows, once there are too many groups. */
  #ungrouped = new Float64Array(EXPONENTS)

  of(name: Summed): Float64Array<ArrayBuffer> {
    return this.#columns[name]
  }

  at(group: number): Sums {
    return toSums(name => this.#columns[name][group]!)
  }

  /** The histogram of all groups together. */
  get histogram(): Float64Array {
    return this.histograms ? sumUp(this.histograms) : this.#ungrouped
  }

  /** All its memory. */
  get arrays(): Float64Array<ArrayBuffer>[] {
    return [...Object.values(this.#columns), ...(this.histograms ? [this.histograms] : [])]
  }

  total(): Sums {
    return toSums(name => {
      let sum = 0
      for (let group = 0; group < this.groups; group++) sum += this.#columns[name][group]!
      return sum
    })
  }

  /** Adds all rows up; calls `end` after those of each segment. */
  async add(scan: Scan, end: (segment: Segment) => void = () => {}): Promise<void> {
    const flags = Uint8Array.from(scan.asked.kindOf, toFlags)
    await scan.rows((group, segment, row, kind) => {
      if (group >= this.groups) this.#reserve(group)
      // An array of both would be made for each row.
      const calls = segment.calls(row)
      const time = segment.time(row)
      const flag = flags[kind]!
      const columns = this.#columns
      columns.calls[group]! += calls
      columns.time[group]! += time
      if ((flag & ERROR) !== 0) columns.errors[group]! += calls
      if ((flag & TROUBLE) !== 0) columns.trouble[group]! += calls
      if ((flag & WAITING) === 0) columns.working[group]! += time
      if (this.histograms) segment.addHistogram(row, this.histograms, group * EXPONENTS)
      else segment.addHistogram(row, this.#ungrouped, 0)
    }, end)
  }

  #ungroup(): void {
    if (this.histograms === undefined) return
    this.#ungrouped = sumUp(this.histograms)
    free([this.histograms])
    this.histograms = undefined
  }

  #reserve(group: number): void {
    this.groups = group + 1
    if (this.groups > MOST_HISTOGRAMS) this.#ungroup()
    else if (this.histograms && this.groups * EXPONENTS > this.histograms.length) {
      const length = Math.min(MOST_HISTOGRAMS, Math.max(16, 2 * this.groups)) * EXPONENTS
      this.histograms = new Float64Array(this.histograms.buffer.transfer(8 * length))
    }
    if (group < this.#columns.calls.length) return
    for (const name of SUMMED) {
      const bytes = 2 * this.#columns[name].byteLength
      this.#columns[name] = new Float64Array(this.#columns[name].buffer.transfer(bytes))
    }
  }
}

function sumUp(all: Float64Array): Float64Array<ArrayBuffer> {
  const total = new Float64Array(EXPONENTS)
  for (let i = 0; i < all.length; i++) total[i % EXPONENTS]! += all[i]!
  return total
}

export function toSums(read: (name: Summed) => number): Sums {
  return Object.fromEntries(SUMMED.map(name => [name, read(name)])) as Record<Summed, number>
}

/** The numbers without any call. */
export const NOTHING: StatsNumbers = {
  ...toSums(() => 0),
  p50: null,
  p99: null,
}
