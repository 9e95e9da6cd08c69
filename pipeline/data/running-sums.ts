/**
 * Totals that never go down, whoever comes, goes or moves. Whoever uses them says where each row goes, as an array of targets, and
 * adds nothing itself. A total is called by its slot: a number of the user's choice, small, and another's once the slot is over.
 */
import { DROPPED, type Measurements, type MergePart } from './merge-part.ts'
import { mergeRows } from './merge-rows.ts'
import type { ExponentialHistogramColumn, MetricColumn } from './metrics.ts'
import { isBelow, setElement, toWords } from './u64.ts'

/** Which rows of a table are totals: row `first + i` has that of `slots[i]`, and `rowOf` the row of each slot; DROPPED: none. */
interface Layout {
  readonly first: number
  readonly slots: Uint32Array
  readonly rowOf: Uint32Array
}

export class RunningSums {
  /** False: deltas, or nothing but gauges, which are complete in themselves, so that nothing is kept. */
  readonly isCumulative: boolean
  #past: MergePart | undefined
  /** As last written, by slot; zeros: not yet. */
  #starts = new BigUint64Array(0)
  /** Sums of histograms as last written, by column and slot. */
  #seconds: Float64Array<ArrayBuffer>[] = []

  /** For the stream that a table with these metrics is the first of. */
  constructor(metrics: readonly MetricColumn[]) {
    const counting = metrics.filter(metric => metric.type !== 'gauge')
    this.isCumulative = counting.length > 0 && counting.every(metric => metric.temporality === 'cumulative')
  }

  /**
   * The past of each slot that has one: counts without a living row, modulo 2^64, below zero where rows came in with counts from elsewhere.
   * All rows of the past have ended, so that a total does not go on for them.
   */
  get past(): MergePart | undefined {
    return this.#past
  }

  /** Rows that are not counted in their slots any more: what they had stays there, or, of those subtracted, is not counted there. */
  keep(parts: readonly MergePart[]): void {
    if (!this.isCumulative || parts.length === 0) return
    const all = this.#past ? [this.#past, ...parts] : parts
    const layout = arrange(all.map(({ target }) => target))
    const target = layout.slots.slice()
    if (target.length === 0) return
    const from = mergeRows(
      all.map(part => ({ ...part, target: toRows(part.target, layout) })),
      target.length,
    )
    this.#past = { from: { ...from, ended: new Uint8Array(target.length).fill(1) }, target }
  }

  /**
   * The totals in the rows of `layout`, with whatever else `parts` put into other rows; their targets are rows. A total that goes on
   * keeps its start, and one whose rows are all later than that has begun anew.
   */
  write(parts: readonly MergePart[], layout: Layout): Measurements {
    // The past first: of gauges the last counts.
    const past = this.#past ? [{ ...this.#past, target: toRows(this.#past.target, layout) }] : []
    const sums = mergeRows([...past, ...parts], layout.first + layout.slots.length)
    if (this.isCumulative) this.#hold(sums, layout)
    return sums
  }

  /**
   * Notes where totals begin that are rows of a table as they are: row i is that of `layout.slots[i]`. False: a row is older than the total
   * that it goes on for, so that `write` must give that its start.
   */
  note({ startTimeUnixNano }: Pick<Measurements, 'startTimeUnixNano'>, { slots, rowOf }: Layout): boolean {
    if (!this.isCumulative) return true
    this.#reserve(rowOf.length, this.#seconds.length)
    const [now, held] = [toWords(startTimeUnixNano), toWords(this.#starts)]
    for (let row = 0; row < slots.length; row++) if (isBelow(now, row, held, slots[row]!)) return false
    for (let row = 0; row < slots.length; row++) setElement(held, slots[row]!, now, row)
    return true
  }

  /** After a table, whose targets are slots: rows that have ended stay in the slots that go on; the other slots are over. */
  settle({ from, target }: MergePart, goesOn: Uint8Array): void {
    const { ended } = from
    if (ended) {
      const isKept = (slot: number, row: number) => slot !== DROPPED && ended[row] === 1 && goesOn[slot] === 1
      const kept = target.map((slot, row) => (isKept(slot, row) ? slot : DROPPED))
      if (kept.some(slot => slot !== DROPPED)) this.keep([{ from, target: kept }])
    }
    this.retain(goesOn)
  }

  /** Slots with `goesOn[slot]` other than 1 are over, and may be anybody's next. */
  retain(goesOn: Uint8Array): void {
    const starts = toWords(this.#starts)
    for (let slot = 0; slot < this.#starts.length; slot++)
      if (goesOn[slot] !== 1) {
        starts[2 * slot] = 0
        starts[2 * slot + 1] = 0
        for (const seconds of this.#seconds) seconds[slot] = 0
      }
    if (!this.#past) return
    const { from, target } = this.#past
    const left = target.filter(slot => goesOn[slot] === 1)
    if (left.length === target.length) return
    const rows = toRows(target, arrange([left]))
    this.#past =
      left.length > 0 ? { from: mergeRows([{ from, target: rows }], left.length), target: left } : undefined
  }

  /**
   * Starts stay as they were. So do the sums of histograms, which might be one bit lower when their terms are grouped differently:
   * Prometheus would read that as a restart from zero.
   */
  #hold({ startTimeUnixNano, metrics }: Measurements, { first, slots, rowOf }: Layout): void {
    const columns = metrics.filter(isHistogram)
    this.#reserve(rowOf.length, columns.length)
    const [now, held] = [toWords(startTimeUnixNano), toWords(this.#starts)]
    for (let i = 0; i < slots.length; i++) {
      const row = first + i
      const slot = slots[i]!
      const isNew = isBelow(held, slot, now, row)
      if (isNew) setElement(held, slot, now, row)
      else setElement(now, row, held, slot)
      for (let c = 0; c < columns.length; c++) {
        const seconds = this.#seconds[c]!
        const { sum } = columns[c]!
        if (!isNew && seconds[slot]! > sum[row]!) sum[row] = seconds[slot]!
        seconds[slot] = sum[row]!
      }
    }
  }

  #reserve(needed: number, columns: number): void {
    if (needed <= this.#starts.length && this.#seconds.length === columns) return
    const length = Math.max(2 * this.#starts.length, needed)
    this.#starts = new BigUint64Array(this.#starts.buffer.transfer(8 * length))
    this.#seconds = Array.from({ length: columns }, (_, c) => {
      const seconds = this.#seconds[c] ?? new Float64Array(0)
      return new Float64Array(seconds.buffer.transfer(8 * length))
    })
  }
}

function isHistogram(metric: MetricColumn): metric is ExponentialHistogramColumn {
  return metric.type === 'exponential_histogram'
}

/** A row for each slot that is a target, in order of first appearance. All slots are below `capacity`. */
export function arrange(
  targets: readonly Uint32Array[],
  capacity = 1 + targets.reduce(highestSlot, -1),
): Layout {
  const rowOf = new Uint32Array(capacity).fill(DROPPED)
  const slots = new Uint32Array(capacity)
  let count = 0
  for (const target of targets)
    for (let row = 0; row < target.length; row++) {
      const slot = target[row]!
      if (slot === DROPPED || rowOf[slot] !== DROPPED) continue
      rowOf[slot] = count
      slots[count++] = slot
    }
  return { first: 0, slots: slots.subarray(0, count), rowOf }
}

function highestSlot(known: number, target: Uint32Array): number {
  let highest = known
  for (let row = 0; row < target.length; row++) {
    const slot = target[row]!
    if (slot > highest && slot !== DROPPED) highest = slot
  }
  return highest
}

/** Targets that are slots as rows of the layout, written into `rows`, which stays as it is for slots that the layout lacks. */
export function toRows(
  slots: Uint32Array,
  { first, rowOf }: Layout,
  rows = new Uint32Array(slots.length).fill(DROPPED),
): Uint32Array {
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!
    if (slot < rowOf.length && rowOf[slot] !== DROPPED) rows[i] = first + rowOf[slot]!
  }
  return rows
}
