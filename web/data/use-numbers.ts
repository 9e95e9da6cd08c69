/** Tables of numbers of what the page is about. */
import type { Comparison } from '../../stats/api/comparison.ts'
import type { LatencyMap } from '../../stats/api/latency.ts'
import type { StatsQueryInput } from '../../stats/api/query.ts'
import type { StatsTable } from '../../stats/api/table.ts'
import { toParameters } from '../../stats/api/to-parameters.ts'
import { usePage } from './page-context.ts'
import { scopeOf } from './queries.ts'
import { type Answer, useAnswer } from './use-answer.ts'

/** The window and what is chosen are those of the page, unless the question says otherwise. */
export function useTable(query: Pick<StatsQueryInput, 'by'> & Partial<StatsQueryInput>): Answer<StatsTable> {
  const { state, session } = usePage()
  const values = toParameters({ ...scopeOf(state), ...query })
  return useAnswer(new URL(`table?${values}`, session.numbers).href)
}

export function useComparison(
  query: Pick<StatsQueryInput, 'by'> & Partial<StatsQueryInput>,
  before: Partial<StatsQueryInput> | undefined,
): Answer<Comparison> {
  const { state, session, about } = usePage()
  const values = toParameters({ ...scopeOf(state), ...query })
  for (const [key, value] of toParameters(before ?? {}, 'before.')) values.append(key, value)
  const address = new URL(`compare?${values}`, session.numbers).href
  // Both ends move on with each collection: until the next answer, the last one stands.
  const endMs = state.end ?? about?.endMs ?? 0
  values.set(
    'before.end',
    before?.endMs === undefined ? '' : `${Math.round(endMs - before.endMs)} ms earlier`,
  )
  return useAnswer(before === undefined ? '' : address, before === undefined ? '' : `compare?${values}`)
}

/** `syscall` undefined: nothing is asked. */
export function useLatency(syscall: string | undefined): Answer<LatencyMap> {
  const { state, session } = usePage()
  const scope = scopeOf(state)
  const where = { ...scope.where, syscall: [syscall ?? ''] }
  // A window has few collections when it is short.
  const values = toParameters({ ...scope, where, points: 60 })
  return useAnswer(syscall === undefined ? '' : new URL(`latency?${values}`, session.numbers).href)
}
