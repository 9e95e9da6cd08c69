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

/**
 * Returns a function that gives the runs that rows `from` to below `to` of a table consist of, and the order that the runs are
 * parts of. `isByResource`: it counts in rows that are ordered by resource as a whole, and not in the table's own.
 */
export function rowsByResource(
  table: OwnedRows & { readonly rows: number },
  { resources, isByResource }: { readonly resources: number; readonly isByResource: boolean },
) {
  const all = isByResource ? orderByResource(table, { from: 0, to: table.rows, resources }) : undefined
  return (from: number, to: number) => {
    const order = all ?? orderByResource(table, { from, to, resources })
    return { order, runs: resourceRuns(table, order, all ? { from, to } : { from: 0, to: to - from }) }
  }
}
