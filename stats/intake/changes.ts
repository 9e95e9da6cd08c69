/** What a table has more than the one before, row by row. */
import type { ExponentialHistogramColumn, MetricTable, SumColumn } from '../../pipeline/data/metrics.ts'
import { TWO_TO_32, toWords } from '../../pipeline/data/u64.ts'
import { free } from '../free.ts'
import { EXPONENTS, type Rows, slotOf } from '../ring/segment.ts'

/** Instead of a row of the table before: all that the row has is new. */
export const NO_ROW = -1
/** All that the row has was there before anybody counted: only what comes later is new. */
export const NOT_NEW = -2

/** Keys of 32 bits and rows are sorted as one number, below 2^53. */
const ROWS_AT_ONCE = 2 ** 21
const KINDS = 2 ** 16

/** The columns that count calls. */
export interface CallColumns {
  readonly calls: Uint32Array
  readonly time: Uint32Array | undefined
  readonly durations: Durations | undefined
}

interface Durations {
  readonly column: ExponentialHistogramColumn
  readonly counts: Uint32Array
  readonly zeros: Uint32Array | undefined
}

/** Undefined: the table does not count calls. */
export function toCallColumns({ metrics }: Pick<MetricTable, 'metrics'>): CallColumns | undefined {
  const sum = (name: string) => {
    const found = metrics.find((m): m is SumColumn => m.name === name && m.type === 'sum')
    return found && toWords(found.values)
  }
  const calls = sum('swoll.syscall.calls')
  const column = metrics.find(
    (m): m is ExponentialHistogramColumn =>
      m.name === 'swoll.syscall.duration' && m.type === 'exponential_histogram' && m.scale >= 0,
  )
  const durations = column && {
    column,
    counts: toWords(column.bucketCounts),
    zeros: column.zeroCount && toWords(column.zeroCount),
  }
  return calls && { calls, time: sum('swoll.syscall.time'), durations }
}

/** Returns how much more `now[i]` is than `before[j]`, below zero where it is less: exact below 2^53. */
function added(now: Uint32Array, i: number, before: Uint32Array | undefined, j: number): number {
  if (before === undefined || j === NO_ROW) return now[2 * i + 1]! * TWO_TO_32 + now[2 * i]!
  return (now[2 * i + 1]! - before[2 * j + 1]!) * TWO_TO_32 + (now[2 * i]! - before[2 * j]!)
}

interface TwoTables {
  readonly now: CallColumns
  readonly before: CallColumns | undefined
  /** Per row of the table now: its row in the table before, NO_ROW, or NOT_NEW. */
  readonly rowBefore: Int32Array<ArrayBuffer>
  /** The halves of a row's key: apart they are small numbers, which need no memory. */
  readonly sourceOf: (row: number) => number
  readonly kindOf: (row: number) => number
}

/** Rows that have more than before, by key in each part. To be read before another table is taken. */
export function findChanges(tables: TwoTables): Changes[] {
  const { rowBefore } = tables
  const parts: Changes[] = []
  for (let from = 0; from < rowBefore.length; from += ROWS_AT_ONCE) parts.push(new Changes(tables, from))
  return parts
}

export class Changes implements Rows {
  readonly #tables: TwoTables
  readonly #from: number
  /** key × ROWS_AT_ONCE + row behind `from`, ascending. */
  readonly #sorted: Float64Array<ArrayBuffer>

  constructor(tables: TwoTables, from: number) {
    this.#tables = tables
    this.#from = from
    this.#sorted = this.#sort()
  }

  get length(): number {
    return this.#sorted.length
  }

  /** Gives its memory back, and that of its table's `rowBefore`: no part of the table may be read any more. */
  free(): void {
    free([this.#sorted, this.#tables.rowBefore])
  }

  key(i: number): number {
    return Math.floor(this.#sorted[i]! / ROWS_AT_ONCE)
  }

  calls(i: number): number {
    const { now, before, rowBefore } = this.#tables
    const row = this.#rowAt(i)
    return added(now.calls, row, before?.calls, rowBefore[row]!)
  }

  time(i: number): number {
    const { now, before, rowBefore } = this.#tables
    const row = this.#rowAt(i)
    return now.time ? Math.max(0, added(now.time, row, before?.time, rowBefore[row]!)) : 0
  }

  addHistogram(i: number, into: Float64Array, at: number): void {
    const { now, before, rowBefore } = this.#tables
    const row = this.#rowAt(i)
    if (now.durations === undefined) return
    addBuckets(now.durations, row, into, at, 1)
    const past = before?.durations
    if (past && rowBefore[row] !== NO_ROW) addBuckets(past, rowBefore[row]!, into, at, -1)
  }

  lowestSlot(i: number): number {
    const { now, before, rowBefore } = this.#tables
    const row = this.#rowAt(i)
    return Math.min(lowest(now.durations, row), lowest(before?.durations, rowBefore[row]!))
  }

  highestSlot(i: number): number {
    const { now, before, rowBefore } = this.#tables
    const row = this.#rowAt(i)
    return Math.max(highest(now.durations, row), highest(before?.durations, rowBefore[row]!))
  }

  #rowAt(i: number): number {
    return this.#from + (this.#sorted[i]! % ROWS_AT_ONCE)
  }

  /** A row that has less than before began anew. */
  #sort(): Float64Array<ArrayBuffer> {
    const { now, before, rowBefore, sourceOf, kindOf } = this.#tables
    const end = Math.min(rowBefore.length, this.#from + ROWS_AT_ONCE)
    const all = new Float64Array(end - this.#from)
    let count = 0
    for (let row = this.#from; row < end; row++) {
      if (rowBefore[row] === NOT_NEW) continue
      let more = added(now.calls, row, before?.calls, rowBefore[row]!)
      if (more < 0) {
        rowBefore[row] = NO_ROW
        more = added(now.calls, row, undefined, NO_ROW)
      }
      if (more > 0) all[count++] = (sourceOf(row) * KINDS + kindOf(row)) * ROWS_AT_ONCE + (row - this.#from)
    }
    return all.subarray(0, count).sort()
  }
}

function addBuckets(
  { column, counts, zeros }: Durations,
  row: number,
  into: Float64Array,
  at: number,
  sign: 1 | -1,
): void {
  const { first, bucketIndex, scale } = column
  for (let b = first[row]!; b < first[row + 1]!; b++)
    into[at + slotOf(bucketIndex[b]! >> scale)]! += sign * (counts[2 * b + 1]! * TWO_TO_32 + counts[2 * b]!)
  if (zeros) into[at]! += sign * (zeros[2 * row + 1]! * TWO_TO_32 + zeros[2 * row]!)
}

function lowest(durations: Durations | undefined, row: number): number {
  if (durations === undefined || row < 0) return EXPONENTS
  const { column, zeros } = durations
  if (zeros) return 0
  const from = column.first[row]!
  return from < column.first[row + 1]! ? slotOf(column.bucketIndex[from]! >> column.scale) : EXPONENTS
}

function highest(durations: Durations | undefined, row: number): number {
  if (durations === undefined || row < 0) return -1
  const { column, zeros } = durations
  const to = column.first[row + 1]!
  return column.first[row]! < to ? slotOf(column.bucketIndex[to - 1]! >> column.scale) : zeros ? 0 : -1
}
