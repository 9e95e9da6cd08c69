import { DROPPED, type Measurements, type MergePart } from '../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { MetricTable } from '../../pipeline/data/metrics.ts'
import type { ResourceList } from '../../pipeline/data/resource-list.ts'
import { arrange, RunningSums, toRows } from '../../pipeline/data/running-sums.ts'
import { SeriesIndex } from '../../pipeline/data/series-index.ts'
import { NEW, RESTARTED } from './compare-rows.ts'
import type { Config } from './config.ts'
import { ALL, createOverflow, OVERFLOW_RESOURCE, type OverflowSeries } from './overflow.ts'
import { Places } from './places.ts'
import { beginStep, GONE, type Previous, type Step } from './step.ts'
import { writeTable } from './write-table.ts'

/** States of a series. Numbers instead of words: 100,000 of these are compared per table. */
const FREE = 0 // no series has this number
const KEPT = 1 // sent under its own name
const EXPIRED = 2 // was kept, stood still for too long; comes back when it moves
const FOLDED = 3 // in the overflow of its resource, for good
const FOLDED_ALL = 4 // in the overflow of all resources, for good

/**
 * Limits the series of one stream of tables. Every measurement is in exactly one series: OpenTelemetry's "Measurements
 * MUST NOT be double-counted or dropped during an overflow", and series "observed prior to the beginning of overflow"
 * go on. A series that was folded stays folded until it ends, so that no total goes down.
 */
export class StreamLimiter {
  /** Rows folded or dropped, and series expired, since the stream began. */
  readonly tally = { folded: 0, expired: 0 }
  #config: Config
  /** False: what is over a limit is dropped. */
  readonly #isFolding: boolean
  readonly #index = new SeriesIndex()
  /** By owner, oldest first. */
  readonly #overflow = new Map<number, OverflowSeries>()
  readonly #sums: RunningSums
  readonly #places: Places
  #previous: Previous | undefined
  #step = 0
  // By number of the series: what it is, its row in #previous, the step it was last met in, when it last moved.
  #state = new Uint8Array(0)
  #row = new Uint32Array(0)
  #seen = new Uint32Array(0)
  #movedMs = new Float64Array(0)

  /** For the stream that `table` is the first of. All its metrics have the same temporality. */
  constructor(config: Config, table: MetricTable) {
    this.#config = config
    this.#isFolding = config.action === 'overflow'
    this.#places = new Places(config.limit, config.limit_per_resource)
    this.#sums = new RunningSums(table.metrics)
  }

  /** Goes by another configuration of the same action. What is sent under its own name goes on, and what is folded stays so. */
  update(config: Config): void {
    this.#config = config
    this.#places.limit = config.limit
    this.#places.limitPerOwner = config.limit_per_resource
  }

  /** Series known now, those in overflow included. */
  get size(): number {
    return this.#index.size
  }

  /**
   * The table with at most `limit` series and one more; the table itself when nothing is to be changed. `nowMs`: on a clock that nobody
   * sets, unlike that of the table.
   */
  process(table: MetricTable, resources: ResourceList, nowMs: number): MetricTable {
    this.#step++
    const sizeBefore = this.#index.size
    const owners = resources.given.map(({ id }) => id)
    const series = this.#index.identify(table, owners).slice()
    this.#reserve(this.#index.capacity)
    const old = series.map(number => (this.#state[number] === FREE ? NEW : this.#row[number]!))
    const step = beginStep(table, resources, { series, old, nowMs }, this.#previous)
    for (let row = 0; row < table.rows; row++) this.#judge(step, row, series[row]!)
    const added = this.#index.size - sizeBefore
    const absent = table.rows - added < sizeBefore ? this.#findAbsent(step) : []
    if (table.ended) this.#endSeries(step, table.ended)
    this.#sums.keep([step.closed, step.known].filter(flow => !flow.isEmpty))
    const out = this.#write(step)
    this.#settle(step)
    this.#remember(step, absent)
    return out
  }

  /** Decides about one row. */
  #judge(step: Step, row: number, series: number): void {
    const state = this.#state[series]!
    this.#seen[series] = this.#step
    if (step.flags[row] !== 0 || !this.#sums.isCumulative) this.#movedMs[series] = step.nowMs
    if (state === FREE) this.#admit(step, row, series)
    else this.#follow(step, row, series, state)
    switch (this.#state[series]) {
      case KEPT:
        step.kept[step.keptCount++] = row
        break
      case FOLDED:
      case FOLDED_ALL:
        this.tally.folded++
        if (this.#isFolding) step.folded.target[row] = this.#slotOf(series)
    }
  }

  /** Follows a known series from its row in the previous table. */
  #follow(step: Step, row: number, series: number, state: number): void {
    const old = step.old[row]!
    const isRestarted = (step.flags[row]! & RESTARTED) !== 0
    if (this.#isFolded(state)) {
      if (isRestarted && this.#isExact) step.closed.target[old] = this.#slotOf(series)
    } else if (state === EXPIRED) {
      if (step.flags[row] === 0 && !step.hasOtherBuckets(row, old)) return
      this.#movedMs[series] = step.nowMs
      this.#admit(step, row, series)
      const isCounted = this.#isFolded(this.#state[series]!) && !isRestarted
      if (isCounted && this.#isExact) step.known.target[old] = this.#slotOf(series)
    } else if (state === KEPT && this.#isStale(step, series) && step.table.ended?.[row] !== 1) {
      this.#state[series] = EXPIRED
      this.tally.expired++
      step.leaving.push(this.#index.ownerNumber(series))
      step.expired.push(step.keptCount)
      step.kept[step.keptCount++] = row
    }
  }

  /** Finds a place for a series, or else an overflow. */
  #admit(step: Step, row: number, series: number): void {
    const owner = this.#index.ownerNumber(series)
    const resource = step.resources.given[step.table.resource[row]!]!
    const isOverflow = this.#index.isOverflow(series) // from upstream: it becomes part of ours
    if (!isOverflow && this.#places.take(owner)) {
      this.#state[series] = KEPT
      return
    }
    const isOwn = (isOverflow || this.#places.isFull(owner)) && resource.id !== OVERFLOW_RESOURCE.id
    const hasOwn = isOwn && this.#isFolding && (this.#overflow.has(owner) || this.#places.takeExtra())
    this.#state[series] = hasOwn ? FOLDED : FOLDED_ALL
    const slot = this.#slotOf(series)
    if (this.#isFolding && !this.#overflow.has(slot)) this.#overflow.set(slot, createOverflow(slot, resource))
  }

  /** Rows of the previous table that are not in this one, though their series have not ended. */
  #findAbsent(step: Step): number[] {
    const { series, present } = step.previous
    const absent: number[] = []
    for (let row = 0; row < series.length; row++) {
      const number = series[row]!
      if (number === GONE || this.#seen[number] === this.#step) continue
      if (row < present) this.#movedMs[number] = step.nowMs // from now on: since when it is away
      const state = this.#state[number]!
      const isStale = this.#isStale(step, number)
      if (!isStale) absent.push(row)
      if (this.#isFolded(state) && this.#isExact)
        (isStale ? step.closed : step.absent).target[row] = this.#slotOf(number)
      if (!isStale) continue
      if (state === KEPT) this.tally.expired++
      this.#remove(step, number)
    }
    return absent
  }

  #endSeries(step: Step, ended: Uint8Array): void {
    for (let row = 0; row < ended.length; row++) {
      if (ended[row] !== 1) continue
      const series = step.series[row]!
      this.#remove(step, series)
      step.series[row] = GONE
    }
  }

  #remove(step: Step, series: number): void {
    const owner = this.#index.ownerNumber(series)
    if (this.#state[series] === KEPT) step.leaving.push(owner)
    this.#state[series] = FREE
    const overflow = this.#index.remove(series) ? this.#overflow.get(owner) : undefined
    if (overflow) overflow.isEnding = true
  }

  #write(step: Step): MetricTable {
    const { table, previous, keptCount, expired, resources } = step
    const overflow = [...this.#overflow.values()]
    if (!this.#sums.isCumulative) for (const series of overflow) series.start = undefined // each delta has its own
    if (keptCount === table.rows && overflow.length === 0 && expired.length === 0) return table
    const kept = step.kept.subarray(0, keptCount)
    const target = new Uint32Array(table.rows).fill(DROPPED)
    for (let i = 0; i < keptCount; i++) target[kept[i]!] = i
    const layout = { ...arrange([Uint32Array.from(overflow, ({ owner }) => owner)]), first: keptCount }
    const parts: MergePart[] = [{ from: table, target }]
    if (!step.folded.isEmpty) toRows(step.folded.target, layout, target)
    if (!step.absent.isEmpty) parts.push({ from: previous.data, target: toRows(step.absent.target, layout) })
    return writeTable({ table, kept, sums: this.#sums.write(parts, layout), overflow, expired, resources })
  }

  /** Gives places back: what left was still part of this table. */
  #settle(step: Step): void {
    for (const owner of step.leaving) this.#places.leave(owner)
    const series = [...this.#overflow.values()]
    const goesOn = new Uint8Array(1 + Math.max(0, ...series.map(({ owner }) => owner)))
    for (const { owner, isEnding } of series) {
      goesOn[owner] = isEnding ? 0 : 1
      if (!isEnding) continue
      this.#places.leaveExtra()
      this.#overflow.delete(owner)
    }
    if (!step.folded.isEmpty) this.#sums.settle(step.folded, goesOn)
    else this.#sums.retain(goesOn)
  }

  /** Keeps this table's values to compare the next with, and those of the absent rows of the one before. */
  #remember({ table, series, previous }: Step, absent: readonly number[]): void {
    const rows = table.rows + absent.length
    const all = new Uint32Array(rows)
    all.set(series)
    let data: Measurements = { rows, startTimeUnixNano: table.startTimeUnixNano, metrics: table.metrics }
    if (absent.length > 0) {
      const target = new Uint32Array(previous.data.rows).fill(DROPPED)
      absent.forEach((row, i) => {
        target[row] = table.rows + i
        all[table.rows + i] = previous.series[row]!
      })
      const here = Uint32Array.from({ length: table.rows }, (_, row) => row)
      const parts = [
        { from: table, target: here },
        { from: previous.data, target },
      ]
      data = mergeRows(parts, rows)
    }
    this.#previous = { data, series: all, present: table.rows }
    for (let row = 0; row < rows; row++) if (all[row] !== GONE) this.#row[all[row]!] = row
  }

  /** True when totals must be kept: a delta is complete in itself. */
  get #isExact(): boolean {
    return this.#isFolding && this.#sums.isCumulative
  }

  #isFolded(state: number): boolean {
    return state >= FOLDED
  }

  #slotOf(series: number): number {
    return this.#state[series] === FOLDED ? this.#index.ownerNumber(series) : ALL
  }

  #isStale(step: Step, series: number): boolean {
    return step.nowMs - this.#movedMs[series]! >= this.#config.max_stale
  }

  /** Room for the numbers below `capacity`. */
  #reserve(capacity: number): void {
    if (capacity === this.#state.length) return
    this.#state = new Uint8Array(this.#state.buffer.transfer(capacity))
    this.#row = new Uint32Array(this.#row.buffer.transfer(4 * capacity))
    this.#seen = new Uint32Array(this.#seen.buffer.transfer(4 * capacity))
    this.#movedMs = new Float64Array(this.#movedMs.buffer.transfer(8 * capacity))
  }
}
