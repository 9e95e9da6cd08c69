/** Writes rows of one table, as the items of a ScopeMetrics, ScopeLogs or ScopeSpans. */
export interface RowsWriter {
  /** Most items that a row makes. */
  readonly itemsPerRow: number
  /**
   * True: a request has the rows of as few resources as can be. False: it has rows that follow each other, so that
   * requests are in the order of time, and what is read of the columns is near to each other.
   */
  readonly isByResource: boolean
  /** Writes the rows `order[from]` to below `order[to]`, the last first; returns how many items that was. */
  write(order: Uint32Array, from: number, to: number): number
}
