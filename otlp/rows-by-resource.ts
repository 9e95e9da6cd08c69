/** A table of any signal. */
interface OwnedRows {
  /** Per row: index into the batch's resources. */
  readonly resource: Uint32Array
}

/**
 * Rows `from` to below `to` by resource, otherwise in their order: a counting sort. `resources`: how many the batch has.
 */
export function orderByResource(
  { resource }: OwnedRows,
  { from, to, resources }: { readonly from: number; readonly to: number; readonly resources: number },
): Uint32Array {
  const next = new Uint32Array(resources + 1)
  for (let row = from; row < to; row++) next[resource[row]! + 1]!++
  for (let i = 1; i <= resources; i++) next[i]! += next[i - 1]!
  const order = new Uint32Array(to - from)
  for (let row = from; row < to; row++) order[next[resource[row]!]!++] = row
  return order
}

/** Rows of one resource that follow each other: `order[from]` to below `order[to]`. */
interface ResourceRun {
  readonly owner: number
  readonly from: number
  readonly to: number
}

/** Returns the runs that `order[from]` to below `order[to]` consists of. */
function resourceRuns(
  { resource }: OwnedRows,
  order: Uint32Array,
  { from, to }: { readonly from: number; readonly to: number },
): ResourceRun[] {
  const runs: ResourceRun[] = []
  for (let start = from; start < to; ) {
    const owner = resource[order[start]!]!
    let end = start + 1
    while (end < to && resource[order[end]!] === owner) end++
    runs.push({ owner, from: start, to: end })
    start = end
  }
  return runs
}

/** The rows of a table, part by part, as runs of one resource each. */
export class RowsByResource {
  readonly #table: OwnedRows
  readonly #resources: number
  /** All rows, those of one resource next to each other, if the parts are to be parts of that. */
  readonly #all: Uint32Array | undefined

  /** `isByResource`: `runs` counts in rows that are ordered as a whole, and not in the table's own. */
  constructor(
    table: OwnedRows & { readonly rows: number },
    of: { readonly resources: number; readonly isByResource: boolean },
  ) {
    this.#table = table
    this.#resources = of.resources
    if (of.isByResource) this.#all = this.#order(0, table.rows)
  }

  /** Returns the runs that rows `from` to below `to` consist of, and the order that the runs are parts of. */
  runs(from: number, to: number): { readonly order: Uint32Array; readonly runs: ResourceRun[] } {
    const order = this.#all ?? this.#order(from, to)
    const range = this.#all ? { from, to } : { from: 0, to: to - from }
    return { order, runs: resourceRuns(this.#table, order, range) }
  }

  #order(from: number, to: number): Uint32Array {
    return orderByResource(this.#table, { from, to, resources: this.#resources })
  }
}
