import type { MetricsBatch } from '../../pipeline/data/metrics.ts'

/** Which resources, by number, have series that end with this batch, and which have nothing but such. */
export interface Endings {
  readonly some: ReadonlySet<number>
  readonly all: ReadonlySet<number>
}

export function findEndings({ tables }: MetricsBatch): Endings {
  const some = new Set<number>()
  const all = new Set<number>()
  if (!tables.some(table => table.ended)) return { some, all }
  const living = new Set<number>()
  for (const { resource, ended } of tables)
    for (let row = 0; row < resource.length; row++) (ended?.[row] ? some : living).add(resource[row]!)
  for (const index of some) if (!living.has(index)) all.add(index)
  return { some, all }
}
