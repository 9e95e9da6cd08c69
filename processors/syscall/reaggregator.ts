import { DROPPED } from '../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { reaggregate } from '../../pipeline/data/reaggregate.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'
import { streamKey } from '../../pipeline/data/stream-key.ts'
import { alignRows, type Labelled, sumTables } from '../../pipeline/data/sum-tables.ts'

interface Carry {
  readonly table: MetricTable
  readonly resources: readonly Resource[]
}

/**
 * Adds up rows that have become alike, batch after batch, so that a cumulative total never goes down: when one of the
 * rows in a sum ends and the others go on, its last value stays in the sum. What is so kept is one row per sum at most,
 * and is let go with the sum.
 */
export class Reaggregator {
  /** By stream: what has ended inside sums that go on. */
  readonly #carries = new Map<string, Carry>()

  /** `table` with unique rows. Its resources are those of the batch. Does not write to it. */
  process(table: MetricTable, resources: readonly Resource[]): MetricTable {
    const key = streamKey(table)
    const carry = this.#carries.get(key)
    if (!carry && !table.ended) return reaggregate(table)
    const tables = carry ? [table, renumber(carry, resources)] : [table]
    const { targets, ...aligned } = alignRows(tables)
    // What has nothing but carried rows comes last. Its sum is over: it is no target.
    const sums = targets[0]!.reduce((most, target) => Math.max(most, target + 1), 0)
    const parts = tables.map((from, t) => ({
      from,
      target: targets[t]!.map(target => (target < sums ? target : DROPPED)),
    }))
    const { ended: _, ...rest } = table
    const out = { ...rest, ...firstRows(aligned, sums), ...mergeRows(parts, sums) }
    const carried = parts.flatMap(({ from, target }) => {
      const isCarried = Uint8Array.from(target, (to, row) =>
        Number(to !== DROPPED && from.ended?.[row] === 1 && out.ended?.[to] !== 1),
      )
      const rows = filterRows(from, isCarried)
      return rows.rows > 0 ? [{ table: rows }] : []
    })
    if (carried.length > 0) this.#carries.set(key, { table: sumTables(carried), resources })
    else this.#carries.delete(key)
    return out
  }
}

function firstRows({ resource, attributes }: Labelled, rows: number): Labelled {
  return {
    rows,
    resource: resource.slice(0, rows),
    attributes: attributes.map(column => ({ ...column, codes: column.codes.subarray(0, rows) })),
  }
}

/** The carried rows with the resources of this batch; a resource that is not in it gets a number that none has. */
function renumber({ table, resources }: Carry, now: readonly Resource[]): MetricTable {
  const index = new Map(now.map(({ id }, i) => [id, i]))
  const numbers = resources.map(({ id }, i) => index.get(id) ?? now.length + i)
  return { ...table, resource: table.resource.map(i => numbers[i]!) }
}
