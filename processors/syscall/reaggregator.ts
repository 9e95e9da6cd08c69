import { appendRows } from '../../pipeline/data/append-rows.ts'
import { DROPPED } from '../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { reaggregate } from '../../pipeline/data/reaggregate.ts'
import { groupRows } from '../../pipeline/data/row-keys.ts'
import { filterRows, withMeasurements } from '../../pipeline/data/select-rows.ts'
import { streamKey } from '../../pipeline/data/stream-key.ts'

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
    const all = carry ? appendRows(table, renumber(carry, resources)) : table
    const { group, first } = groupRows(all)
    // Groups of nothing but carried rows come last. Their sum is over: they are no target.
    const sums = first.findLastIndex(row => row < table.rows) + 1
    const target = group.map(g => (g < sums ? g : DROPPED))
    const out = withMeasurements(all, first.subarray(0, sums), mergeRows([{ from: all, target }], sums))
    const isCarried = new Uint8Array(all.rows)
    for (let row = 0; row < all.rows; row++)
      if (all.ended?.[row] === 1 && group[row]! < sums && out.ended?.[group[row]!] !== 1) isCarried[row] = 1
    if (isCarried.includes(1)) {
      this.#carries.set(key, { table: reaggregate(filterRows(all, isCarried)), resources })
    } else this.#carries.delete(key)
    return out
  }
}

/** The carried rows with the resources of this batch; a resource that is not in it gets a number that none has. */
function renumber({ table, resources }: Carry, now: readonly Resource[]): MetricTable {
  const index = new Map(now.map(({ id }, i) => [id, i]))
  const numbers = resources.map(({ id }, i) => index.get(id) ?? now.length + i)
  return { ...table, resource: table.resource.map(i => numbers[i]!) }
}
