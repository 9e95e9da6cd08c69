import { markRows } from '../../ottl/select.ts'
import type { Shape } from '../../ottl/shape.ts'
import type { WatchedCondition } from '../../ottl/steps.ts'
import type { Resource } from '../../pipeline/data/resource.ts'

/** The rows for which no condition is true, in their order; a table without any is left out. The batch itself when that is all. */
export function keepEvents<
  T extends { readonly rows: number },
  B extends { readonly resources: readonly Resource[]; readonly tables: readonly T[] },
>(
  batch: B,
  conditions: readonly WatchedCondition[],
  toShape: (table: T, resources: readonly Resource[]) => Shape,
  select: (table: T, rows: Uint32Array) => T,
): B {
  const tables = batch.tables.map(table => {
    const shape = toShape(table, batch.resources)
    const hit = new Uint8Array(table.rows)
    const hits = conditions.filter(({ condition, onError }) => markRows(shape, condition, hit, onError))
    return hits.length === 0
      ? table
      : select(
          table,
          Uint32Array.from(hit.keys()).filter(row => hit[row] === 0),
        )
  })
  if (tables.every((table, i) => table === batch.tables[i])) return batch
  return { ...batch, tables: tables.filter(table => table.rows > 0) }
}
