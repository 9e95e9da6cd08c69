/** Which metrics may become one. */
import type { MetricTable } from '../../pipeline/data/metrics.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'

interface Combinable {
  readonly fit: readonly MetricTable[]
  /** Rows of resources whose metrics differ, and why the last of these cannot be combined. */
  readonly unfit: readonly MetricTable[]
  readonly reason: string | undefined
}

/** `tables` have one metric each. The metrics of a resource must be of one kind, in one unit, with the same keys of attributes. */
export function findCombinable(tables: readonly MetricTable[]): Combinable {
  const known = new Map<number, readonly [metric: string, kind: string]>()
  const refused = new Set<number>()
  let reason: string | undefined
  for (const table of tables)
    for (const [resource, kind] of kindsOf(table)) {
      const name = table.metrics[0]!.name
      const first = known.get(resource)
      if (!first) known.set(resource, [name, kind])
      else if (first[1] !== kind) {
        refused.add(resource)
        reason = `${first[0]} (${first[1]}) and ${name} (${kind})`
      }
    }
  const pick = (isFit: boolean) => (table: MetricTable) =>
    filterRows(
      table,
      Uint8Array.from(table.resource, resource => Number(refused.has(resource) !== isFit)),
    )
  return { fit: tables.map(pick(true)), unfit: refused.size > 0 ? tables.map(pick(false)) : [], reason }
}

/** By resource, all that metrics must have in common. */
function kindsOf({ metrics: [metric], attributes, resource, rows }: MetricTable): Map<number, string> {
  const own = metric!
  const parts: string[] = [own.type, own.unit]
  if (own.type !== 'gauge') parts.push(own.temporality)
  if (own.type === 'sum') parts.push(own.monotonic ? 'monotonic' : 'not monotonic')
  const keys = new Map<number, Set<string>>()
  for (let row = 0; row < rows; row++) if (!keys.has(resource[row]!)) keys.set(resource[row]!, new Set())
  for (const { key, values, codes } of attributes)
    for (let row = 0; row < rows; row++)
      if (values[codes[row]!] !== undefined) keys.get(resource[row]!)!.add(key)
  return new Map(Array.from(keys, ([one, set]) => [one, [...parts, ...[...set].toSorted()].join(' ')]))
}
