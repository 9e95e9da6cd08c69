/** Many batches of log records or spans as one, and one as many. */
import type { Resource } from './resource.ts'

export interface EventTable {
  readonly rows: number
  /** Per row: index into the batch's `resources`. */
  readonly resource: Uint32Array
}

export interface EventBatchOf<T extends EventTable> {
  readonly resources: readonly Resource[]
  readonly tables: readonly T[]
}

/** All tables in their order, each with its own resources behind those of the batches before. Nothing is written to. */
export function mergeEvents<T extends EventTable>(batches: readonly EventBatchOf<T>[]): EventBatchOf<T> {
  if (batches.length === 1) return batches[0]!
  const resources: Resource[] = []
  const tables: T[] = []
  for (const batch of batches) {
    const base = resources.length
    resources.push(...batch.resources)
    for (const table of batch.tables)
      tables.push(base === 0 ? table : { ...table, resource: table.resource.map(index => base + index) })
  }
  return { resources, tables }
}

/** The rows in their order, at most so many a batch; all batches have all resources. `selectRows`: those rows of a table. */
export function* cutEvents<T extends EventTable>(
  { resources, tables }: EventBatchOf<T>,
  mostRows: number,
  selectRows: (table: T, rows: Uint32Array) => T,
): Generator<EventBatchOf<T>, void> {
  let part: T[] = []
  let room = mostRows
  for (const table of tables)
    for (let from = 0; from < table.rows; ) {
      const rows = Math.min(room, table.rows - from)
      const isWhole = rows === table.rows
      part.push(
        isWhole
          ? table
          : selectRows(
              table,
              Uint32Array.from({ length: rows }, (_, i) => from + i),
            ),
      )
      from += rows
      room -= rows
      if (room > 0) continue
      yield { resources, tables: part }
      part = []
      room = mostRows
    }
  if (part.length > 0) yield { resources, tables: part }
}
