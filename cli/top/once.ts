/** Tables for scripts, files and pipes. */
import { statsQuery } from '../../stats/api/query.ts'
import type { StatsTable } from '../../stats/api/table.ts'
import { toCell } from './cells.ts'
import { titleOf } from './columns.ts'
import type { TopOptions } from './decode-options.ts'
import { toText } from './frame.ts'
import { isRight, layOut, tellingNames } from './layout.ts'
import { filterRows, firstRows, toQuery } from './question.ts'
import type { TopSource } from './source.ts'

const MS = 1000

/** Asks once. The answer as text, and the rows beyond `limit`. */
export async function askOnce(
  source: TopSource,
  options: TopOptions,
  abort: AbortSignal,
): Promise<{ readonly text: string; readonly left: number }> {
  const query = toQuery(options.state, { height: options.limit, points: 0 })
  const table = await source.query(statsQuery.parse(query), abort)
  return printTable(table, options)
}

function printTable(
  table: StatsTable,
  { state, hasHosts, limit, format, mode }: TopOptions,
): { readonly text: string; readonly left: number } {
  const names = tellingNames(state.by, hasHosts, table.rows)
  const wanted = { ...state, names }
  const matching = filterRows(table, wanted)
  const rows = firstRows(matching, wanted, limit)
  const left = matching.length - rows.length + (state.filter === '' ? table.rest.rows : 0)
  if (format === 'json')
    return {
      text: `${JSON.stringify({ ...table, rows }, undefined, mode === 'stream' ? undefined : 2)}\n`,
      left,
    }
  const columns = layOut(names, rows, { isTimed: table.isTimed, sort: state.sort, width: undefined })
  const scale = { seconds: Math.max(1, table.endMs - table.startMs) / MS, totalTime: table.total.time }
  const lines = [
    columns.map(column => toCell(titleOf(column.id), column.width, isRight(column))),
    ...rows.map(row =>
      columns.map(column => toCell(toText(row, column.id, scale), column.width, isRight(column))),
    ),
  ]
  return { text: lines.map(cells => `${cells.join('  ').trimEnd()}\n`).join(''), left }
}
