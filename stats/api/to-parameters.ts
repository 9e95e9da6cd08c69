/** Questions about numbers, as the query of an address. */
import { DIMENSIONS } from './dimensions.ts'
import type { StatsQueryInput } from './query.ts'

/** Always in the same order: equal questions have equal addresses. `prefix`: `before.` for the other side of a comparison. */
export function toParameters(query: Partial<StatsQueryInput>, prefix = ''): URLSearchParams {
  const { by, windowMs, endMs, where = {}, show, sort, limit, points, histograms } = query
  const values = new URLSearchParams()
  const set = (key: string, value: unknown) => {
    if (value !== undefined && value !== false) values.append(`${prefix}${key}`, String(value))
  }
  set('by', by?.join())
  set('window', windowMs === undefined ? undefined : toLength(windowMs))
  set('end', endMs)
  for (const dimension of DIMENSIONS)
    for (const value of where[dimension] ?? []) set(`where.${dimension}`, value)
  for (const [key, value] of Object.entries({ show, sort, limit, points, histograms })) set(key, value)
  return values
}

function toLength(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}
