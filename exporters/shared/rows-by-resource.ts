/** What every table has, whatever its signal. */
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
export interface ResourceRun {
  readonly owner: number
  readonly from: number
  readonly to: number
}

/** What `order[from]` to below `order[to]` consists of. */
export function resourceRuns(
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
