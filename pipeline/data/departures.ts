/**
 * Series that are not in every batch, since a condition about their values chooses: one that is not chosen any more ends there, and begins
 * anew when it comes back, with what it has counted since. So a sum of chosen series loses nothing, and counts nothing twice.
 */
import { DROPPED, type Measurements, type MergePart } from './merge-part.ts'
import { mergeRows } from './merge-rows.ts'
import type { MetricTable, Resource } from './metrics.ts'
import { pickRows } from './pick-rows.ts'
import { arrange, RunningSums, toRows } from './running-sums.ts'
import { filterRows, withMeasurements } from './select-rows.ts'
import { SeriesIndex } from './series-index.ts'
import { Streams } from './stream-key.ts'

export class Departures {
  readonly #streams = new Streams(({ metrics }) => new Stream(new RunningSums(metrics).isCumulative))

  /** The rows with `isChosen[row]` 1, and those that were chosen in the batch before: these end. Does not write to the table. */
  select(table: MetricTable, resources: readonly Resource[], isChosen: Uint8Array): MetricTable {
    return this.#streams.of(table).select(table, resources, isChosen)
  }
}

/** What became of a series. Zero: it has not been chosen yet. */
const CHOSEN = 1
const GONE = 2

class Stream {
  readonly #isCumulative: boolean
  readonly #series = new SeriesIndex()
  /** By slot. */
  #state = new Uint8Array(0)
  /** By slot: start of the life that was left; of no meaning where there is no base. */
  #starts = new BigUint64Array(0)
  /** By slot: when it was left, or the time of the table before it came back, Unix ns; 0: it has no base. */
  #since = new BigUint64Array(0)
  /** Of the table before. */
  #lastTime = 0n
  /** What series had counted when they were left, by slot. */
  #base: MergePart | undefined

  constructor(isCumulative: boolean) {
    this.#isCumulative = isCumulative
  }

  select(table: MetricTable, resources: readonly Resource[], isChosen: Uint8Array): MetricTable {
    if (!this.#isCumulative) return filterRows(table, isChosen)
    const ids = resources.map(({ id }) => id)
    const slots = this.#series.identify(table, ids)
    this.#reserve(this.#series.capacity)
    this.#forgetRestarted(table, slots)
    this.#comeBack(slots, isChosen)
    const isLeft = isChosen.map((chosen, row) => Number(chosen === 0 && this.#state[slots[row]!] === CHOSEN))
    const out = this.#write(table, { slots, isChosen, isLeft })
    this.#leave(table, slots, isLeft)
    this.#settle(table, slots, isChosen)
    this.#lastTime = table.timeUnixNano
    return out
  }

  #write(
    table: MetricTable,
    {
      slots,
      isChosen,
      isLeft,
    }: { readonly slots: Uint32Array; readonly isChosen: Uint8Array; readonly isLeft: Uint8Array },
  ): MetricTable {
    const isSent = isChosen.map((chosen, row) => chosen | isLeft[row]!)
    if (!isLeft.includes(1) && !this.#base) return filterRows(table, isSent)
    const rows = Uint32Array.from(slots.keys()).filter(row => isSent[row] === 1)
    const sent = slots.filter((_, row) => isSent[row] === 1)
    const picked = this.#sinceLeft(pickRows(table, rows), sent)
    const ended = Uint8Array.from(rows, (row, i) => isLeft[row]! | (picked.ended?.[i] ?? 0))
    const { ended: _, ...rest } = picked
    return withMeasurements(table, rows, { ...rest, ...(ended.includes(1) && { ended }) })
  }

  /** The rows less what their series had when they were left. */
  #sinceLeft(picked: Measurements, slots: Uint32Array): Measurements {
    const base = this.#base
    if (!base || !slots.some(slot => this.#since[slot] !== 0n)) return picked
    const own = { from: picked, target: Uint32Array.from(slots.keys()) }
    const less = {
      from: base.from,
      target: toRows(base.target, arrange([slots], this.#state.length)),
      isSubtracted: true,
    }
    const merged = mergeRows([own, less], picked.rows)
    const startTimeUnixNano = picked.startTimeUnixNano.map((start, i) => this.#since[slots[i]!] || start)
    return { ...merged, startTimeUnixNano }
  }

  /** A series that has begun anew by itself has nothing of what was left. */
  #forgetRestarted({ startTimeUnixNano }: MetricTable, slots: Uint32Array): void {
    if (!this.#base) return
    let hasForgotten = false
    slots.forEach((slot, row) => {
      if (this.#since[slot] === 0n || this.#starts[slot] === startTimeUnixNano[row]) return
      this.#since[slot] = 0n
      this.#state[slot] = 0
      hasForgotten = true
    })
    if (hasForgotten) this.#rebase([])
  }

  /**
   * What is back begins where the table before ended, though it counted before: later than any sum that it was in, which a sum that
   * it begins now must not be taken for.
   */
  #comeBack(slots: Uint32Array, isChosen: Uint8Array): void {
    slots.forEach((slot, row) => {
      if (isChosen[row] === 1 && this.#state[slot] === GONE) this.#since[slot] = this.#lastTime
    })
  }

  #leave(table: MetricTable, slots: Uint32Array, isLeft: Uint8Array): void {
    if (!isLeft.includes(1)) return
    const rows = Uint32Array.from(slots.keys()).filter(row => isLeft[row] === 1)
    for (const row of rows) {
      const slot = slots[row]!
      this.#state[slot] = GONE
      this.#starts[slot] = table.startTimeUnixNano[row]!
      this.#since[slot] = table.timeUnixNano
    }
    const left = rows.map(row => slots[row]!)
    this.#rebase([{ from: pickRows(table, rows), target: left }])
  }

  /** The base is of the series that have one; of those that were left now, what they have now. */
  #rebase(left: readonly MergePart[]): void {
    const isNew = new Set(left.flatMap(({ target }) => [...target]))
    const stays = (slot: number) => this.#since[slot] !== 0n && !isNew.has(slot)
    const before = this.#base
    const old = before
      ? [{ from: before.from, target: before.target.map(slot => (stays(slot) ? slot : DROPPED)) }]
      : []
    const parts = [...old, ...left]
    const layout = arrange(parts.map(({ target }) => target))
    const rows = parts.map(part => ({ ...part, target: toRows(part.target, layout) }))
    const count = layout.slots.length
    this.#base = count > 0 ? { from: mergeRows(rows, count), target: layout.slots.slice() } : undefined
  }

  /** Remembers who was chosen. Series that have ended, or that are absent and have no base, are forgotten. */
  #settle({ ended, rows }: MetricTable, slots: Uint32Array, isChosen: Uint8Array): void {
    const isKept = new Uint8Array(this.#state.length)
    for (let slot = 0; slot < isKept.length; slot++) isKept[slot] = this.#since[slot] === 0n ? 0 : 1
    let hasForgotten = false
    for (let row = 0; row < rows; row++) {
      const slot = slots[row]!
      if (isChosen[row] === 1) this.#state[slot] = CHOSEN
      isKept[slot] = ended?.[row] === 1 ? 0 : 1
      if (isKept[slot] === 1 || this.#since[slot] === 0n) continue
      this.#since[slot] = 0n
      hasForgotten = true
    }
    for (let slot = 0; slot < isKept.length; slot++) if (isKept[slot] === 0) this.#state[slot] = 0
    if (hasForgotten) this.#rebase([])
    this.#series.retain(isKept)
  }

  #reserve(length: number): void {
    if (this.#state.length >= length) return
    this.#state = new Uint8Array(this.#state.buffer.transfer(length))
    this.#starts = new BigUint64Array(this.#starts.buffer.transfer(8 * length))
    this.#since = new BigUint64Array(this.#since.buffer.transfer(8 * length))
  }
}
