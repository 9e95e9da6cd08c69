import type { MergePart } from '../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { AttributeColumn, MetricColumn, MetricTable } from '../../pipeline/data/metrics.ts'
import { OVERFLOW_KEY } from '../../pipeline/data/overflow.ts'
import type { ResourceList } from '../../pipeline/data/resource-list.ts'
import { createCodes } from '../../pipeline/data/select-rows.ts'
import { ALL, type OverflowSeries } from './overflow.ts'

interface Plan {
  readonly table: MetricTable
  /** Rows of `table` that stay, in order; the overflow series follow them. */
  readonly kept: Uint32Array
  /** Everything that goes into the rows of the new table. */
  readonly parts: readonly MergePart[]
  readonly overflow: readonly OverflowSeries[]
  /** Rows of the new table, beyond those that have ended in `table`, that end with it. */
  readonly expired: readonly number[]
  readonly resources: ResourceList
}

/** The table of what stays and of the overflow series, which are told what was sent of them. */
export function writeTable(plan: Plan): MetricTable {
  const { table, kept, parts, overflow, expired, resources } = plan
  const rows = kept.length + overflow.length
  const { ended: endedRows, startTimeUnixNano, metrics } = mergeRows(parts, rows)
  const ended = endedRows ?? new Uint8Array(rows)
  for (const row of expired) ended[row] = 1
  const resource = new Uint32Array(rows)
  for (let row = 0; row < kept.length; row++) resource[row] = table.resource[kept[row]!]!
  settleStarts(plan)
  for (const series of overflow) {
    const row = kept.length + series.slot
    ended[row] = series.isEnding ? 1 : 0
    resource[row] = resources.indexOf(series.resource)
    startTimeUnixNano[row] = series.start!
    holdSums(series, row, metrics)
  }
  const { ended: _, ...rest } = table
  const attributes = writeAttributes(table, kept, rows)
  const result = { ...rest, rows, resource, attributes, startTimeUnixNano, metrics }
  return ended.includes(1) ? { ...result, ended } : result
}

/** A new overflow series starts when the first of its resource's series did, as if it had been there all along. */
function settleStarts({ table, overflow, resources }: Plan): void {
  const fresh = overflow.filter(series => series.start === undefined)
  if (fresh.length === 0) return
  const byResource: (OverflowSeries | undefined)[] = []
  for (const series of fresh) {
    series.start = table.timeUnixNano
    byResource[resources.indexOf(series.resource)] = series
  }
  const all = fresh.find(series => series.owner === ALL)
  for (let row = 0; row < table.rows; row++) {
    for (const series of [all, byResource[table.resource[row]!]])
      if (series && table.startTimeUnixNano[row]! < series.start!)
        series.start = table.startTimeUnixNano[row]!
  }
}

/**
 * Keeps the histogram sums from going down. Exactly they cannot; but a sum of doubles may come out one bit lower when
 * its terms are grouped differently, and Prometheus would read that as a restart from zero.
 */
function holdSums(series: OverflowSeries, row: number, metrics: readonly MetricColumn[]): void {
  const columns = metrics.filter(metric => metric.type === 'exponential_histogram')
  series.sums = columns.map(({ sum, temporality }, i) => {
    if (temporality === 'cumulative') sum[row] = Math.max(sum[row]!, series.sums[i] ?? 0)
    return sum[row]!
  })
}

/** Kept rows have the attributes they had, overflow rows none but `otel.metric.overflow`. */
function writeAttributes(table: MetricTable, kept: Uint32Array, rows: number): AttributeColumn[] {
  const hasOverflow = table.attributes.some(column => column.key === OVERFLOW_KEY)
  const none = { key: OVERFLOW_KEY, values: [undefined], codes: new Uint8Array(table.rows) }
  return (hasOverflow ? table.attributes : [...table.attributes, none]).map(({ key, values, codes }) => {
    const wanted = key === OVERFLOW_KEY ? true : undefined
    const known = values.indexOf(wanted)
    const all = known < 0 ? [...values, wanted] : values
    const written = createCodes(all.length, rows).fill(known < 0 ? values.length : known, kept.length)
    for (let row = 0; row < kept.length; row++) written[row] = codes[kept[row]!]!
    return { key, values: all, codes: written }
  })
}
