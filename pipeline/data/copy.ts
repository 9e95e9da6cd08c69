/**
 * A copy that shares nothing a holder could write to. For plain data as batches are made of: maps, lists, typed
 * arrays and values.
 */
export function copyBatch<T>(batch: T): T {
  return copy(batch) as T
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return (value as Uint8Array).slice()
  if (Array.isArray(value)) return value.map(copy)
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copy(field)]))
}
