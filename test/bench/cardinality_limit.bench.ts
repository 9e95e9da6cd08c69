/**
 * The cost of cardinality_limit per collection, beside the obvious way of doing it: one string per row as the key of a Map.
 *
 *     node test/bench/cardinality_limit.bench.ts [ROWS]
 */
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import { StreamLimiter } from '../../processors/cardinality_limit/stream-limiter.ts'
import { toTable } from './kit/table.ts'
import { meanMs, nodeBatch } from './processors-batches.ts'

const ROWS = Number(process.argv[2] ?? 100_000)
const LIMITS = { limit_per_resource: 2000, max_stale: 86_400_000, action: 'overflow' } as const

/** Admits and remembers by string. Adds up no histograms, sees no restarts, ends nothing, sends nothing on. */
function limitNaively(
  seen: Map<string, boolean>,
  limit: number,
  { resources, tables }: MetricsBatch,
): bigint {
  let overflow = 0n
  for (const { rows, resource, attributes, metrics } of tables)
    for (let row = 0; row < rows; row++) {
      const values = attributes.map(({ key, values, codes }) => `${key}=${values[codes[row]!]}`)
      const key = `${resources[resource[row]!]!.id}|${values.join('|')}`
      const known = seen.get(key)
      const isKept = known ?? seen.size < limit
      if (known === undefined) seen.set(key, isKept)
      if (!isKept) overflow += (metrics[0] as { values: BigUint64Array }).values[row]!
    }
  return overflow
}

/** Two batches by turns, in which 30 % of the rows differ. */
const batches = [0, 1].map(step => nodeBatch({ rows: ROWS, rowsPerResource: 500, step, moving: 0.3 }))
const batchOf = (round: number) => batches[round % 2]!

function measure(limit: number): { ours: number; naive: number } {
  const limiter = new StreamLimiter({ ...LIMITS, limit }, batches[0]!.tables[0]!)
  const seen = new Map<string, boolean>()
  const naive = meanMs(round => void limitNaively(seen, limit, batchOf(round)))
  const ours = meanMs(round => {
    const { tables, resources } = batchOf(round)
    limiter.process(tables[0]!, new ResourceList(resources), 0)
  })
  return { ours, naive }
}

const HEAD = [`${ROWS} series, over the limit`, 'Map of strings, ms', 'ours, ms', 'ours, ns a row', 'ratio']
const rows = [0, 0.01, 0.5].map(over => {
  const { ours, naive } = measure(Math.round(ROWS * (1 - over)))
  return [
    `${over * 100} %`,
    naive.toFixed(1),
    ours.toFixed(1),
    ((ours * 1e6) / ROWS).toFixed(0),
    (naive / ours).toFixed(1),
  ]
})
process.stdout.write(`${toTable(HEAD, rows)}\n`)
