import type { MetricTable, Resource } from './metrics.ts'
import { arrange, RunningSums, toRows } from './running-sums.ts'
import { withMeasurements } from './select-rows.ts'
import { SeriesIndex } from './series-index.ts'
import { Streams } from './stream-key.ts'

/**
 * Adds up rows that have become alike, batch after batch, so that a cumulative total never goes down: when one of the
 * rows in a sum ends and the others go on, its last value stays in the sum. What is so kept is one row per sum at most,
 * and is let go with the sum.
 */
export class Reaggregator {
  readonly #streams = new Streams(({ metrics }) => ({
    series: new SeriesIndex(),
    sums: new RunningSums(metrics),
  }))

  /** `table` with unique rows, or itself if it has such. Its resources are those of the batch. Does not write to it. */
  process(table: MetricTable, resources: readonly Resource[]): MetricTable {
    const { series, sums } = this.#streams.of(table)
    const ids = resources.map(({ id }) => id)
    const slots = series.identify(table, ids)
    const layout = arrange([slots], series.capacity)
    const first = new Uint32Array(layout.slots.length)
    for (let row = table.rows - 1; row >= 0; row--) first[layout.rowOf[slots[row]!]!] = row
    const isUnique = first.length === table.rows && !sums.past && sums.note(table, layout)
    const out = isUnique
      ? table
      : withMeasurements(table, first, sums.write([{ from: table, target: toRows(slots, layout) }], layout))
    const goesOn = new Uint8Array(series.capacity)
    for (let row = 0; row < out.rows; row++) goesOn[layout.slots[row]!] = out.ended?.[row] === 1 ? 0 : 1
    sums.settle({ from: table, target: slots }, goesOn)
    series.retain(goesOn)
    return out
  }
}
