/** What the state of the page is in a question about numbers. */
import type { StatsQueryInput } from '../../stats/api/query.ts'
import type { State, Where } from '../state.ts'

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
