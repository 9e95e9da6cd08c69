/** Rows that are alike become one by what they are at this moment: their mean, median, least, greatest or number. */

import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { GaugeColumn, MetricTable, Resource, SumColumn } from '../../pipeline/data/metrics.ts'
import { arrange, toRows } from '../../pipeline/data/running-sums.ts'
import { withMeasurements } from '../../pipeline/data/select-rows.ts'
import { SeriesIndex } from '../../pipeline/data/series-index.ts'
import type { AggregationType } from './config.ts'

type Momentary = Exclude<AggregationType, 'sum'>

/** Rows of `table`, by the row that they become. */
interface Members {
  readonly rows: readonly (readonly number[])[]
  readonly target: Uint32Array
}

/**
 * A table of one metric, a sum or a gauge, with unique rows. Rows that have ended count only where no other row does. What comes of a sum may
 * fall when rows come and go, and so is not monotonic.
 */
export function aggregateMoment(
  table: MetricTable,
  resources: readonly Resource[],
  type: Momentary,
): MetricTable {
  const [metric] = table.metrics as readonly [SumColumn | GaugeColumn]
  const { rows, target } = findAlike(table, resources)
  const merged = mergeRows([{ from: table, target }], rows.length)
  const living = rows.map(all => {
    const live = table.ended ? all.filter(row => table.ended![row] !== 1) : all
    return live.length > 0 ? live : all
  })
  const made =
    metric.type === 'gauge'
      ? {
          ...metric,
          values: Float64Array.from(living, some =>
            ofNumbers(
              some.map(r => metric.values[r]!),
              type,
            ),
          ),
        }
      : {
          ...metric,
          monotonic: false,
          values: BigUint64Array.from(living, some =>
            ofIntegers(
              some.map(r => metric.values[r]!),
              type,
            ),
          ),
        }
  return withMeasurements(
    table,
    Uint32Array.from(rows, ([first]) => first!),
    { ...merged, metrics: [made] },
  )
}

function findAlike(table: MetricTable, resources: readonly Resource[]): Members {
  const index = new SeriesIndex()
  const slots = index.identify(
    table,
    resources.map(({ id }) => id),
  )
  const layout = arrange([slots], index.capacity)
  const target = toRows(slots, layout)
  const rows = Array.from(layout.slots, (): number[] => [])
  for (let row = 0; row < table.rows; row++) rows[target[row]!]!.push(row)
  return { rows, target }
}

function ofNumbers(values: readonly number[], type: Momentary): number {
  const count = values.length
  if (type === 'count') return count
  if (type === 'min') return values.reduce((least, value) => Math.min(least, value))
  if (type === 'max') return values.reduce((most, value) => Math.max(most, value))
  if (type === 'mean') return values.reduce((sum, value) => sum + value, 0) / count
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[count >> 1]!
  return count % 2 === 1 ? upper : (sorted[(count >> 1) - 1]! + upper) / 2
}

/** Rounded down, as the Collector does with integers. */
function ofIntegers(values: readonly bigint[], type: Momentary): bigint {
  const count = values.length
  if (type === 'count') return BigInt(count)
  if (type === 'mean') return values.reduce((sum, value) => sum + value, 0n) / BigInt(count)
  const sorted = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)))
  if (type === 'min') return sorted[0]!
  if (type === 'max') return sorted.at(-1)!
  const upper = sorted[count >> 1]!
  return count % 2 === 1 ? upper : (sorted[(count >> 1) - 1]! + upper) / 2n
}
