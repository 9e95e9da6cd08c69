/** What a table leaves out, and from when its numbers are: nothing is cut in silence. */
import type { StatsTable } from '../../stats/api/table.ts'
import { usePage } from '../data/page-context.ts'
import { windowMsOf } from '../data/queries.ts'
import { toCount, toNumberOf, toTime } from '../format.ts'

/** Two collections may fall just outside of the window. */
const TOLERANCE = 0.8

export function Rest({ table }: { readonly table: StatsTable }) {
  const { state } = usePage()
  const { rest, startMs, endMs } = table
  const isShort = endMs - startMs < windowMsOf(state.window) * TOLERANCE
  return (
    <>
      {rest.rows > 0 && (
        <p class="hint">
          Not in the table: {toNumberOf(rest.rows, 'more row')} with {toCount(rest.calls)} calls and{' '}
          {toCount(rest.errors)} errors.
        </p>
      )}
      {isShort && endMs > 0 && (
        <p class="hint">The numbers go back to {toTime(startMs)} only: the agent has none of before.</p>
      )}
    </>
  )
}
