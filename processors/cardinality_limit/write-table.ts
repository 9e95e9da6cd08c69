import type { Measurements } from '../../pipeline/data/merge-part.ts'
import type { AttributeColumn, MetricTable } from '../../pipeline/data/metrics.ts'
import type { ResourceList } from '../../pipeline/data/resource-list.ts'
import { createCodes } from '../../pipeline/data/select-rows.ts'
import { OVERFLOW_KEY } from '../../pipeline/data/series-index.ts'
import { ALL, type OverflowSeries } from './overflow.ts'

interface Plan {
  readonly table: MetricTable
  /** Rows of `table` that stay, in order; the overflow series follow them. */
  readonly kept: Uint32Array
  /** Values of the new table's rows. */
  readonly sums: Measurements
  readonly overflow: readonly OverflowSeries[]
  /** Rows of the new table, beyond those that have ended in `table`, that end with it. */
  readonly expired: readonly number[]
  readonly resources: ResourceList
}

/** The table of what stays and of the overflow series, which are told when they start. */
export function writeTable(plan: Plan): MetricTable {
  const { table, kept, sums, overflow, expired, resources } = plan
  const { rows, startTimeUnixNano } = sums
  const ended = sums.ended ?? new Uint8Array(rows)
  for (const row of expired) ended[row] = 1
  const resource = new Uint32Array(rows)
  for (let row = 0; row < kept.length; row++) resource[row] = table.resource[kept[row]!]!
  settleStarts(plan)
  overflow.forEach((series, i) => {
    const row = kept.length + i
    ended[row] = series.isEnding ? 1 : 0
    resource[row] = resources.indexOf(series.resource)
    startTimeUnixNano[row] = series.start!
  })
  const { ended: _, ...rest } = { ...table, ...sums }
  const attributes = writeAttributes(table, kept, rows)
  return { ...rest, resource, attributes, ...(ended.includes(1) && { ended }) }
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
