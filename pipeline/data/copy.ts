/**
 * A copy that shares nothing a holder could write to. For plain data as batches are made of: maps, lists, typed
 * arrays and values.
 */
export function copyBatch<T>(batch: T): T {
  return copy(batch) as T
}

/** The method of all typed arrays; Buffer's own shares the memory. */
const { slice } = Uint8Array.prototype

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return slice.call(value)
  if (Array.isArray(value)) return value.map(copy)
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copy(field)]))
}
