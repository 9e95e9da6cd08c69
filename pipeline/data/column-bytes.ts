/** Memory of all columns in these tables, without their dictionaries. */
export function columnBytes(tables: readonly object[]): number {
  return tables.reduce((sum, table) => sum + bytesIn(table), 0)
}

/** Typed arrays, also those in columns that are maps of some, or in lists of columns. */
function bytesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  if (ArrayBuffer.isView(value)) return value.byteLength
  let sum = 0
  for (const field of Object.values(value)) sum += bytesIn(field)
  return sum
}
