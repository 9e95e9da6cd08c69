/** Questions about numbers, as the addresses of the JSON API have them. */
import { DIMENSIONS } from '../../stats/api/dimensions.ts'
import type { StatsQueryInput } from '../../stats/api/query.ts'
import type { State, Where } from '../state.ts'

/** Only what is not so by default, always in the same order: equal questions have equal addresses. `prefix`: `before.` */
export function toParameters(query: Partial<StatsQueryInput>, prefix = ''): URLSearchParams {
  const { by, windowMs, endMs, where = {}, show, sort, limit, points, histograms } = query
  const values = new URLSearchParams()
  const set = (key: string, value: unknown) => {
    if (value !== undefined && value !== false) values.append(`${prefix}${key}`, String(value))
  }
  set('by', by?.join())
  set('window', windowMs === undefined ? undefined : `${Math.round(windowMs / 1000)}s`)
  set('end', endMs)
  for (const dimension of DIMENSIONS)
    for (const value of where[dimension] ?? []) set(`where.${dimension}`, value)
  for (const [key, value] of Object.entries({ show, sort, limit, points, histograms })) set(key, value)
  return values
}

/** What all questions of a page have in common. */
export function scopeOf({
  window,
  where,
  end,
}: State): Pick<StatsQueryInput, 'windowMs' | 'endMs' | 'where'> {
  return {
    windowMs: windowMsOf(window),
    ...(end === undefined ? {} : { endMs: end }),
    where: toLists(where),
  }
}

export function windowMsOf(window: string): number {
  const [, number = '5', unit] = /^(\d+)([smh])$/.exec(window) ?? []
  return Number(number) * { s: 1000, m: 60_000, h: 3_600_000 }[(unit ?? 'm') as 's' | 'm' | 'h']
}

function toLists(where: Where): NonNullable<StatsQueryInput['where']> {
  return Object.fromEntries(Object.entries(where).map(([dimension, value]) => [dimension, [value]]))
}
