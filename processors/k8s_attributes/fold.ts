/**
 * The series of containers nobody could name, added up into one resource: one row per attribute set, whose totals never go down.
 * When a container is named after all, what was counted of it in the sum stays there, and its own series begin anew from
 * that moment: every call is in one series.
 */
import { appendRows } from '../../pipeline/data/append-rows.ts'
import { DROPPED } from '../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { reaggregate } from '../../pipeline/data/reaggregate.ts'
import { groupRows } from '../../pipeline/data/row-keys.ts'
import { createCodes, filterRows, withMeasurements } from '../../pipeline/data/select-rows.ts'

/** Whom the sum belongs to. */
export const UNRESOLVED_POD: Resource = {
  id: 'k8s_attributes:unresolved',
  attributes: { 'k8s.pod.name': 'unresolved' },
}

/** A resource that no batch had for this long is gone. */
const IDLE_NS = 600_000_000_000n
/** Resources named late that are remembered; ended ones are forgotten at once. */
const MAX_BASES = 10_000

/** For tables of one stream, batch after batch. */
export class Fold {
  /** Rows, by resource id, that were in the sum last time: each is all that was ever counted there. */
  readonly #inside = new Map<string, MetricTable>()
  /** What was counted in the sum of those who left it, or ended. Resource numbers mean nothing here. */
  #gone: MetricTable | undefined
  /** By resource id: what was counted of it in the sum before it was named. */
  readonly #bases = new Map<string, MetricTable>()

  /**
   * The table with the rows of `folded` resources (by number) replaced by those of the sum, which belong to resource
   * `sumIndex`, and with those of resources that were folded before reduced by what is in the sum.
   */
  process(
    table: MetricTable,
    resources: readonly Resource[],
    by: { readonly folded: ReadonlySet<number>; readonly sumIndex: number },
  ): MetricTable {
    this.#leave(table, resources, by.folded)
    const reduced = this.#reduce(table, resources)
    const isOther = Uint8Array.from(table.resource, index => Number(!by.folded.has(index)))
    for (const [index, rows] of splitByResource(reduced, by.folded))
      this.#inside.set(resources[index]!.id, rows)
    const terms = [...(this.#gone ? [this.#gone] : []), ...this.#inside.values()]
    this.#settle()
    const others = filterRows(reduced, isOther)
    if (terms.length === 0) return others
    return appendRows(others, reaggregate(terms.map(rows => toSum(rows, by.sumIndex)).reduce(appendRows)))
  }

  /** The resource's series have ended. */
  forget(id: string): void {
    this.#bases.delete(id)
  }

  /** Those that are in the batch, and not folded any more; and those that have not been in any batch for long. */
  #leave({ timeUnixNano }: MetricTable, resources: readonly Resource[], folded: ReadonlySet<number>): void {
    const staying = new Map(resources.map(({ id }, index) => [id, folded.has(index)]))
    for (const [id, rows] of this.#inside) {
      const isIdle = !staying.has(id) && timeUnixNano - rows.timeUnixNano > IDLE_NS
      if (!isIdle && staying.get(id) !== false) continue
      this.#inside.delete(id)
      this.#gone = addUp(this.#gone, rows)
      if (isIdle) continue
      const base = this.#bases.get(id)
      this.#bases.set(id, base ? addUp(base, rows) : rows)
      if (this.#bases.size > MAX_BASES) this.#bases.delete(this.#bases.keys().next().value!)
    }
  }

  /** Moves what has ended from those inside to those gone. */
  #settle(): void {
    for (const [id, rows] of this.#inside) {
      if (!rows.ended) continue
      const ended = filterRows(rows, rows.ended)
      const living = filterRows(
        rows,
        rows.ended.map(end => 1 - end),
      )
      if (ended.rows > 0) this.#gone = addUp(this.#gone, ended)
      if (living.rows > 0) this.#inside.set(id, living)
      else this.#inside.delete(id)
    }
  }

  #reduce(table: MetricTable, resources: readonly Resource[]): MetricTable {
    let reduced = table
    for (const [index, { id }] of resources.entries()) {
      const base = this.#bases.get(id)
      if (base) reduced = subtract(reduced, { ...base, resource: base.resource.map(() => index) })
    }
    return reduced
  }
}

/** The rows of each of these resources. */
function splitByResource(table: MetricTable, wanted: ReadonlySet<number>): Map<number, MetricTable> {
  const parts = new Map<number, MetricTable>()
  for (const index of wanted) {
    const rows = filterRows(
      table,
      Uint8Array.from(table.resource, i => Number(i === index)),
    )
    if (rows.rows > 0) parts.set(index, rows)
  }
  return parts
}

/** As rows of the sum, which does not end. */
function toSum(table: MetricTable, sumIndex: number): MetricTable {
  const { ended: _, ...living } = table
  return { ...living, resource: table.resource.map(() => sumIndex) }
}

function addUp(gone: MetricTable | undefined, rows: MetricTable): MetricTable {
  const more = toSum(rows, 0)
  return gone ? compactValues(reaggregate(appendRows(more, gone))) : reaggregate(more)
}

/** The table with the values of `base` taken off the rows that are alike, which then start when `base` was observed. */
function subtract(table: MetricTable, base: MetricTable): MetricTable {
  const { group, first } = groupRows(appendRows(table, base))
  const target = group.subarray(table.rows).map(g => (first[g]! < table.rows ? first[g]! : DROPPED))
  const own = Uint32Array.from({ length: table.rows }, (_, row) => row)
  const measurements = mergeRows(
    [
      { from: table, target: own },
      { from: base, target, isSubtracted: true },
    ],
    table.rows,
  )
  const startTimeUnixNano = measurements.startTimeUnixNano.slice()
  for (const row of target) if (row !== DROPPED) startTimeUnixNano[row] = base.timeUnixNano
  return withMeasurements(table, own, { ...measurements, startTimeUnixNano })
}

/** The table with dictionaries that hold no value twice, and none that no row has. */
function compactValues(table: MetricTable): MetricTable {
  const attributes = table.attributes.map(({ key, values, codes }) => {
    const known = new Map<unknown, number>()
    const kept: (typeof values)[number][] = []
    const renumbered = Uint32Array.from(codes, code => {
      const value = values[code]
      if (!known.has(value)) known.set(value, kept.push(value) - 1)
      return known.get(value)!
    })
    const narrow = createCodes(kept.length, codes.length)
    narrow.set(renumbered)
    return { key, values: kept, codes: narrow }
  })
  return { ...table, attributes }
}
