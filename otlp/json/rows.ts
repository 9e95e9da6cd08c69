/** Writes rows of one table as the items of a scope, each with a comma after it. */
export interface JsonRows {
  /** Most items that a row makes. */
  readonly itemsPerRow: number
  /** See RowsWriter of otlp_grpc: metrics of a resource together, events in the order of time. */
  readonly isByResource: boolean
  /** Writes the rows `order[from]` to below `order[to]`; returns how many items that was. */
  write(order: Uint32Array, from: number, to: number): number
}
