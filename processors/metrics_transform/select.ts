/** Parts of tables: the metrics that a filter is for, and of those the rows. */
import type { MetricTable } from '../../pipeline/data/metrics.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'
import type { MetricFilter } from './filter.ts'

interface Selected {
  /** A table for each metric whose name is meant: always all of them, so that the tables of the next batch continue these. */
  readonly meant: readonly MetricTable[]
  /** All others. */
  readonly others: readonly MetricTable[]
}

export function selectMetrics(tables: readonly MetricTable[], hasName: MetricFilter['hasName']): Selected {
  const meant: MetricTable[] = []
  const others: MetricTable[] = []
  for (const table of tables) {
    const rest = table.metrics.filter(({ name }) => !hasName(name))
    if (rest.length === table.metrics.length) others.push(table)
    else {
      if (rest.length > 0) others.push({ ...table, metrics: rest })
      for (const metric of table.metrics)
        if (hasName(metric.name)) meant.push({ ...table, metrics: [metric] })
    }
  }
  return { meant, others }
}

/** Of a row: its resource has no marked row, or no other; or it is itself marked, or is not, where there are both. */
const KIND = { none: 0, all: 1, marked: 2, unmarked: 3 } as const
type Kind = keyof typeof KIND

/** Gives a table of the rows of some kinds, in their order; none when there can never be such rows. */
type Parts = (...kinds: Kind[]) => readonly MetricTable[]

/** The rows of a table by how many rows of their resource are marked. No mask: all are. */
export function partByResource(table: MetricTable, mask: Uint8Array | undefined): Parts {
  if (!mask) return (...wanted) => (wanted.includes('all') ? [table] : [])
  const kinds = classify(table, mask)
  return (...wanted) => {
    const isWanted = new Uint8Array(Object.keys(KIND).length)
    for (const kind of wanted) isWanted[KIND[kind]] = 1
    return [
      filterRows(
        table,
        kinds.map(kind => isWanted[kind]!),
      ),
    ]
  }
}

function classify({ rows, resource }: MetricTable, mask: Uint8Array): Uint8Array {
  const resources = resource.reduce((most, one) => Math.max(most, one + 1), 0)
  const [marked, total] = [new Uint32Array(resources), new Uint32Array(resources)]
  for (let row = 0; row < rows; row++) {
    marked[resource[row]!]! += mask[row]!
    total[resource[row]!]!++
  }
  return mask.map((isMarked, row) => {
    const some = marked[resource[row]!]!
    if (some === 0) return KIND.none
    if (some === total[resource[row]!]!) return KIND.all
    return isMarked ? KIND.marked : KIND.unmarked
  })
}
