import { DROPPED, type Measurements, type MergePart } from '../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { MetricColumn, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { withMeasurements } from '../../pipeline/data/select-rows.ts'
import { SeriesIndex } from '../../pipeline/data/series-index.ts'
import { createComparer } from './compare.ts'
import type { Config } from './config.ts'

const NONE = DROPPED
const NS_PER_MS = 1_000_000
/** Series remembered of a stream that are not in its last table. */
const MOST_ABSENT = 100_000

/** What was last seen of each series; row r is of series `series[r]`, and was seen at `seenUnixNano[r]`. */
interface Known {
  readonly data: Measurements
  readonly series: Uint32Array
  readonly seenUnixNano: BigUint64Array
}

/** What becomes of the rows of a table: those that are sent, by the reason those that are not. */
interface Verdicts {
  readonly rows: number[]
  readonly startUnixNano: bigint[]
  /** Per row of what is known: the row of the result from which it is taken off. */
  readonly subtracted: Uint32Array
  initial: number
  reset: number
}

/** Which rows of a table were not sent. */
export type Dropped = Pick<Verdicts, 'initial' | 'reset'>

/** Makes deltas of one stream of tables: what each row has more than when its series was last seen. Nothing is in two deltas. */
export class DeltaStream {
  #config: Config
  readonly #index = new SeriesIndex()
  #known: Known | undefined
  /** A series that is new and began before this may have been sent before. */
  #freshFrom: bigint

  constructor(config: Config, freshFromUnixNano: bigint) {
    this.#config = config
    this.#freshFrom = freshFromUnixNano
  }

  update(config: Config): void {
    this.#config = config
  }

  /** Series remembered. */
  get size(): number {
    return this.#index.size
  }

  /**
   * The deltas of the metrics that are chosen, of which there is one, and how many rows are in none. All metrics of the table are cumulative,
   * and fall only when their series begins anew.
   */
  process(
    table: MetricTable,
    resources: readonly Resource[],
    isChosen: (metric: MetricColumn) => boolean,
  ): { readonly deltas: MetricTable; readonly dropped: Dropped } {
    const owners = resources.map(({ id }) => id)
    const series = this.#index.identify(table, owners).slice()
    const { ended: _, ...data } = table
    const choose = <M extends Measurements>(all: M): M => ({ ...all, metrics: all.metrics.filter(isChosen) })
    const chosen = choose(table)
    const before = this.#known && choose(this.#known.data)
    const verdicts = this.#judge(chosen, series, before)
    const deltas = this.#write(chosen, verdicts, before)
    this.#remember(data, series, table.timeUnixNano)
    return { deltas, dropped: verdicts }
  }

  /** `before`: what is known of the metrics of the table. */
  #judge(table: MetricTable, series: Uint32Array, before: Measurements | undefined): Verdicts {
    const known = this.#known
    const rowOf = this.#rowsOfSeries()
    const compare = before && createComparer(table, before)
    const verdicts: Verdicts = {
      rows: [],
      startUnixNano: [],
      subtracted: new Uint32Array(known?.series.length ?? 0).fill(NONE),
      initial: 0,
      reset: 0,
    }
    for (let row = 0; row < table.rows; row++) {
      const old = rowOf[series[row]!]!
      const start = table.startTimeUnixNano[row]!
      if (old === NONE) this.#judgeFirst(verdicts, table, row)
      // An earlier start is of a row that took in another: its total goes on.
      else if (start > known!.data.startTimeUnixNano[old]!) this.#judgeRestart(verdicts, row, start)
      else this.#judgeNext(verdicts, { table, row, old, change: compare!(row, old) })
    }
    return verdicts
  }

  #judgeFirst(verdicts: Verdicts, table: MetricTable, row: number): void {
    const start = table.startTimeUnixNano[row]!
    const { initial_value: how } = this.#config
    const isFresh = start >= this.#freshFrom && start !== table.timeUnixNano
    if (how === 'keep' || (how === 'auto' && isFresh)) send(verdicts, row, start)
    else verdicts.initial++
  }

  /** All that is in the row came after what was seen of it. */
  #judgeRestart(verdicts: Verdicts, row: number, start: bigint): void {
    if (this.#config.initial_value === 'drop') verdicts.initial++
    else send(verdicts, row, start)
  }

  /** Of a series that has ended only what is not sent yet: there is no end of deltas. */
  #judgeNext(
    verdicts: Verdicts,
    {
      table,
      row,
      old,
      change,
    }: { table: MetricTable; row: number; old: number; change: 'same' | 'grown' | 'fallen' },
  ): void {
    if (change === 'fallen') verdicts.reset++
    else if (change === 'grown' || table.ended?.[row] !== 1) {
      verdicts.subtracted[old] = verdicts.rows.length
      send(verdicts, row, this.#known!.seenUnixNano[old]!)
    }
  }

  #write(
    table: MetricTable,
    { rows, startUnixNano, subtracted }: Verdicts,
    before: Measurements | undefined,
  ): MetricTable {
    const kept = Uint32Array.from(rows)
    const target = new Uint32Array(table.rows).fill(DROPPED)
    for (let i = 0; i < kept.length; i++) target[kept[i]!] = i
    const { ended: _, ...from } = table
    const parts: MergePart[] = [{ from, target }]
    if (before) parts.push({ from: before, target: subtracted, isSubtracted: true })
    const sums = mergeRows(parts, kept.length)
    return withMeasurements(table, kept, {
      ...sums,
      startTimeUnixNano: BigUint64Array.from(startUnixNano),
      metrics: sums.metrics.map(toDelta),
    })
  }

  /** What is in the table, and behind it what is not, the longest absent last; too old, or too many of these are forgotten. */
  #remember(data: Measurements, series: Uint32Array, timeUnixNano: bigint): void {
    const absent = this.#findAbsent(series, timeUnixNano)
    const seen = new BigUint64Array(series.length + absent.length).fill(timeUnixNano)
    if (absent.length === 0) {
      this.#known = { data, series, seenUnixNano: seen }
      return
    }
    const known = this.#known!
    const all = new Uint32Array(seen.length)
    all.set(series)
    const target = new Uint32Array(known.series.length).fill(DROPPED)
    absent.forEach((row, i) => {
      target[row] = series.length + i
      all[series.length + i] = known.series[row]!
      seen[series.length + i] = known.seenUnixNano[row]!
    })
    const parts = [
      { from: data, target: Uint32Array.from(series.keys()) },
      { from: known.data, target },
    ]
    this.#known = { data: mergeRows(parts, seen.length), series: all, seenUnixNano: seen }
  }

  /** Rows of what is known whose series is not in the table, and is still to be remembered. */
  #findAbsent(series: Uint32Array, timeUnixNano: bigint): number[] {
    const known = this.#known
    const absent: number[] = []
    if (!known) return absent
    const isPresent = new Uint8Array(this.#index.capacity)
    for (const one of series) isPresent[one] = 1
    const { max_staleness: maxMs } = this.#config
    for (let row = 0; row < known.series.length; row++) {
      if (isPresent[known.series[row]!]) continue
      const seen = known.seenUnixNano[row]!
      const isStale = maxMs > 0 && Number(timeUnixNano - seen) > maxMs * NS_PER_MS
      if (isStale || absent.length >= MOST_ABSENT) this.#forget(known.series[row]!, seen)
      else absent.push(row)
    }
    return absent
  }

  /** Should it come again, what was sent of it is not known: all that has begun before could be it. */
  #forget(series: number, seenUnixNano: bigint): void {
    this.#index.remove(series)
    if (seenUnixNano > this.#freshFrom) this.#freshFrom = seenUnixNano
  }

  #rowsOfSeries(): Uint32Array {
    const rowOf = new Uint32Array(this.#index.capacity).fill(NONE)
    this.#known?.series.forEach((one, row) => {
      rowOf[one] = row
    })
    return rowOf
  }
}

function send(verdicts: Verdicts, row: number, startUnixNano: bigint): void {
  verdicts.rows.push(row)
  verdicts.startUnixNano.push(startUnixNano)
}

const toDelta = (metric: MetricColumn): MetricColumn =>
  metric.type === 'gauge' ? metric : { ...metric, temporality: 'delta' }
